import { OperatorError, SealpostError } from '../errors.ts';

/** What the operator is told of an error; undefined for a fault of the program's, which deserves its stack trace. */
export function failureSentence(error: unknown): string | undefined {
  if (error instanceof OperatorError) return error.message;
  if (!(error instanceof SealpostError)) return undefined;
  // What a stranger must not learn helps whoever looks after the server.
  return error.reason === undefined ? error.message : `${error.message} (${error.reason})`;
}
