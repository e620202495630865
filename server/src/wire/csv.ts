/** Text that a spreadsheet would take for a formula, or for the beginning of one behind white space. */
const formula = /^\s*[=+\-@|%]|^[\t\r\n]/;

/**
 * One record of RFC 4180, with its line end. Numbers are written plainly, null is an empty cell, and text that a
 * spreadsheet would run gets an apostrophe in front, which makes it text there.
 */
export function csvRecord(cells: readonly (string | number | null)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(cell: string | number | null): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const safe = formula.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
