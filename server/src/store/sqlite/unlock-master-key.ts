import { OperatorError } from '../../errors.ts';
import { createMasterKey, loadMasterKey, type MasterKey, type RandomBytes } from '../master-key.ts';
import type { Connection } from './connection.ts';

const nothing = Buffer.alloc(0);
const checkPlace = Buffer.from('sealpost master key check\0');

/**
 * The master key from its file, made on the first run. Throws an OperatorError when the file is missing though the
 * database holds keys, or is not the one that they are sealed with.
 */
export function unlockMasterKey(connection: Connection, path: string, randomBytes: RandomBytes): MasterKey {
  const readCheck = connection.one<{ master_key_check: Uint8Array | null }>('SELECT master_key_check FROM settings');
  const writeCheck = connection.run('UPDATE settings SET master_key_check = ?');
  const anyKey = connection.one<object>('SELECT 1 FROM device_keys LIMIT 1');

  /** Null when the check or the file still have to be made. */
  function unlock(): MasterKey | null {
    const check = readCheck()?.master_key_check ?? null;
    const masterKey = loadMasterKey(path, randomBytes);
    if (check === null || masterKey === null) return null;
    // A sealed nothing is a tag alone: enough to tell the key.
    if (masterKey.open(check, checkPlace) === null) {
      throw new OperatorError(
        `${path} is not the master key that this database's device keys are sealed with: put the right file there.`,
      );
    }
    return masterKey;
  }

  const unlocked = unlock();
  if (unlocked !== null) return unlocked;
  // Under the database's write lock, so that of two first runs at the same time one makes the key.
  return connection.transaction(() => {
    const done = unlock();
    if (done !== null) return done;
    let masterKey = loadMasterKey(path, randomBytes);
    if (masterKey === null) {
      if (anyKey() !== undefined) {
        throw new OperatorError(
          `the master key ${path} is missing, and the database holds device keys that only it opens: sealpost refuses ` +
            'to start. Put the file back from your backup, or say where it is.',
        );
      }
      masterKey = createMasterKey(path, randomBytes);
    }
    writeCheck(masterKey.seal(nothing, checkPlace));
    return masterKey;
  });
}
