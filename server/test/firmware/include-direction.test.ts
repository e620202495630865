import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { filesBelow, root } from '../schemas/generated.ts';

/** As in firmware/CMakeLists.txt; a file at the root is of `base`. */
const stages = ['base', 'crypto', 'messages', 'log', 'time', 'sensors', 'wire', 'device', 'console'];
const core = filesBelow(join(root, 'firmware/lib/sealpost/src/sealpost'));

/** What needs no heap, no exceptions and no library beside the compiler's and the C library. */
const standard =
  /^(algorithm|array|cinttypes|cstdarg|cstddef|cstdint|cstdio|cstring|limits|optional|type_traits|utility)$/;
const other =
  /^(mbedtls\/\w+\.h|vectors\/vectors\.hpp|pb_(encode|decode)\.h|(sealpost\/v1|google\/protobuf)\/\w+\.pb\.[ch])$/;

const stageOf = (path: string) => stages.indexOf(path.includes('/') ? (path.split('/')[0] ?? '') : 'base');

/** Every include of the core, as the file that has it and what it names. */
const includes = Object.entries(core).flatMap(([file, text]) =>
  [...text.matchAll(/^#include ["<](.+)[">]$/gm)].map(([, name = '']) => ({ file, name })),
);

test('the folders of the core are the stages that the build knows', () => {
  const [, listed = ''] =
    /^set\(stages (.+)\)$/m.exec(readFileSync(join(root, 'firmware/CMakeLists.txt'), 'utf8')) ?? [];
  expect(listed.split(' ')).toEqual(stages);
  expect(Object.keys(core).filter((file) => stageOf(file) === -1)).toEqual([]);
});

test('a stage of the core includes itself and the stages before it, and none after it', () => {
  const own = includes.filter(({ name }) => name.startsWith('sealpost/') && !other.test(name));
  expect(own.length).toBeGreaterThan(20);
  const forbidden = own.filter(({ file, name }) => stageOf(name.slice('sealpost/'.length)) > stageOf(file));
  expect(forbidden).toEqual([]);
});

test('the core includes nothing that a board may lack', () => {
  const foreign = includes.filter(
    ({ name }) => !name.startsWith('sealpost/') && !standard.test(name) && !other.test(name),
  );
  expect(foreign).toEqual([]);
});
