/** SQLite's integers are signed: an unsigned one of 64 bits is stored as the signed one with the same bits. */
export function signed64(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

/** The unsigned integer again, from the signed one as decimal text. */
export function unsigned64(text: string): bigint {
  return BigInt.asUintN(64, BigInt(text));
}
