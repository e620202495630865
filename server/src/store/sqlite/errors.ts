/** What SQLite and the file system say, as this project's errors. */
import { OperatorError, SealpostError } from '../../errors.ts';

/** Primary result codes (sqlite.org/rescode.html) that are about the disk, the file or its locks, not about a statement. */
const storageCodes = new Map([
  [3, 'PERM'],
  [5, 'BUSY'],
  [6, 'LOCKED'],
  [7, 'NOMEM'],
  [8, 'READONLY'],
  [10, 'IOERR'],
  [11, 'CORRUPT'],
  [13, 'FULL'],
  [14, 'CANTOPEN'],
  [15, 'PROTOCOL'],
  [22, 'NOLFS'],
  [26, 'NOTADB'],
]);

/** The short name of a storage error (`FULL`), or undefined when the error is no fault of the storage's. */
export function storageFault(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  // Extended codes carry the primary one in their low byte.
  return storageCodes.get(error.errcode & 0xff);
}

/** What the writers of a failed commit get: nothing of theirs was stored. */
export function refusedWrite(reason: string, cause?: unknown): SealpostError {
  return new SealpostError(
    'unavailable',
    "the store can't take readings now; they are safe on the device, try again later",
    { reason, cause },
  );
}

/** A sealed key that does not open: the file is damaged, or someone has moved keys about in it. */
export function damagedKey(deviceId: string, generation: number): SealpostError {
  return new SealpostError('unavailable', "the store can't answer now; try again later", {
    reason: `key generation ${generation} of ${deviceId} does not open under the master key`,
  });
}

/** Readings that are not what they were when they were written: the file is damaged. */
export function damagedBlock(boot: number, cause?: unknown): SealpostError {
  return new SealpostError('unavailable', "the store can't answer now; try again later", {
    reason: `readings of boot ${boot} are damaged in the database`,
    cause,
  });
}

/** Storage errors as `unavailable`, everything else as it is. */
export function asStoreError(error: unknown): unknown {
  const fault = storageFault(error);
  if (fault === undefined) return error;
  return new SealpostError('unavailable', "the store can't answer now; try again later", {
    reason: `SQLite: ${fault}`,
    cause: error,
  });
}

/** What went wrong while a database was opened, as a sentence that says what to do. */
export function asOpeningError(path: string, error: unknown): unknown {
  // Numbers out of range, and blocks without their length, are what damage looks like that SQLite has not seen.
  const fault = error instanceof RangeError ? 'CORRUPT' : (storageFault(error) ?? codeOf(error));
  const sentence = openingSentence(path, fault);
  return sentence === undefined ? error : new OperatorError(sentence, { cause: error });
}

function openingSentence(path: string, fault: unknown): string | undefined {
  switch (fault) {
    case 'NOTADB':
      return `${path} is not a SQLite database: move it away to start afresh, or restore a backup in its place.`;
    case 'CORRUPT':
    case 'NOLFS':
      return `${path} is damaged: restore a backup in its place, or move it away to start afresh.`;
    case 'READONLY':
    case 'CANTOPEN':
    case 'PERM':
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `${path} can't be written: give this user the right to (chmod u+rw, or chown), and to its directory.`;
    case 'BUSY':
    case 'LOCKED':
    case 'PROTOCOL':
      return `${path} is kept locked by another program: end it and try again.`;
    case 'FULL':
    case 'ENOSPC':
      return `there is no space left for ${path}: make some and try again.`;
    case 'ENOTDIR':
    case 'EEXIST':
      return `${path} can't be made, as there is a file in its way: choose another data directory.`;
    case 'EISDIR':
      return `${path} is a directory, where a database should be: move it away.`;
    case 'IOERR':
    case 'NOMEM':
    case 'EIO':
      return `${path} can't be read or written (${fault}): check the disk.`;
    default:
      return undefined;
  }
}

export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
