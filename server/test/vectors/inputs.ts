/** How the device's side refuses: a wrong size is malformed, and so is wrong padding behind a right tag. */
export type Refusal = 'forged' | 'malformed';

/** Bytes that are all different for a while: byte i is i modulo 251. */
export function pattern(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => index % 251));
}

/** A copy in which the byte at `at` has the bits of `mask` flipped. */
export function flipped(bytes: Buffer, at: number, mask: number): Buffer {
  return Buffer.from(bytes.map((byte, index) => (index === at ? byte ^ mask : byte)));
}
