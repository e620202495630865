import { join } from 'node:path';
import { expect, it } from 'vitest';
import { filesBelow, regenerate, root } from './generated.ts';

it('gen/es is what the schemas generate', () => {
  regenerate('protoc-gen-es', 'gen/es', (folder) => {
    expect(filesBelow(folder)).toEqual(filesBelow(join(root, 'gen/es')));
  });
});
