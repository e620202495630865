/** Bytes of a hexadecimal string; blanks and line breaks may group it. */
export function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
}
