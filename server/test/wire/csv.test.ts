import { describe, expect, it } from 'vitest';
import { csvRecord } from '../../src/wire/csv.ts';

describe('a record of CSV', () => {
  it('has numbers plain, nothing for null, and quotes around what would break it (RFC 4180, section 2)', () => {
    expect(csvRecord(['a', 1.5, -0.5, null, 'b,c', 'say "no"', 'two\r\nlines'])).toBe(
      'a,1.5,-0.5,,"b,c","say ""no""","two\r\nlines"\r\n',
    );
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', ' =1', '\r=1', '\n@x', '|x', '%x'])(
    'has no cell that a spreadsheet would run: %j',
    (text) => {
      const cell = csvRecord([text]).slice(0, -2);
      expect(cell.replace(/^"/, '').startsWith("'")).toBe(true);
    },
  );
});
