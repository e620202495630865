import { OperatorError } from '../../errors.ts';
import type { Connection } from './connection.ts';
import { migrations } from './schema.ts';

/** "sealpost" in SQLite's file header (sqlite.org/pragma.html#pragma_application_id): "slpt". */
const applicationId = 0x736c7074;

/**
 * Brings the database to this program's schema, in one transaction. Throws an OperatorError when it is another
 * program's, or of a newer version of this one.
 */
export function migrate(connection: Connection, path: string): void {
  const version = connection.one<{ user_version: number }>('PRAGMA user_version');
  const application = connection.one<{ application_id: number }>('PRAGMA application_id');
  const anyTable = connection.one<{ name: string }>('SELECT name FROM sqlite_schema LIMIT 1');

  // A database that needs nothing is not locked: commands run beside the server.
  if (application()?.application_id === applicationId && version()?.user_version === migrations.length) return;

  connection.transaction(() => {
    // Read again: another process may have been faster.
    const from = version()?.user_version ?? 0;
    const fresh = from === 0 && anyTable() === undefined;
    if (!fresh && application()?.application_id !== applicationId) {
      throw new OperatorError(`${path} is another program's database: move it away, or choose another data directory.`);
    }
    if (from > migrations.length) {
      throw new OperatorError(
        `${path} was written by a newer version of sealpost (schema ${from}, this one knows ${migrations.length}): ` +
          'install that version, or restore a backup from before it.',
      );
    }
    for (const migration of migrations.slice(from)) {
      if (typeof migration === 'string') connection.execute(migration);
      else migration(connection);
    }
    connection.execute(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${migrations.length}`);
  });
}
