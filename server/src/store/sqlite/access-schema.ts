/** The tables of AccessStore, as a migration. */
export const accessTables = `
  CREATE TABLE tokens (
    token INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    -- SHA-256
    hash BLOB NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('reader', 'admin')),
    device INTEGER REFERENCES devices ON DELETE CASCADE CHECK (device IS NULL OR role = 'reader'),
    added_at INTEGER NOT NULL,
    expires_at INTEGER
  ) STRICT;
  CREATE INDEX tokens_by_device ON tokens (device);

  CREATE TABLE logins (
    login INTEGER PRIMARY KEY AUTOINCREMENT,
    -- SHA-256
    hash BLOB NOT NULL UNIQUE,
    token INTEGER NOT NULL REFERENCES tokens ON DELETE CASCADE,
    expires_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX logins_by_token ON logins (token);

  CREATE TABLE audit (
    entry INTEGER PRIMARY KEY AUTOINCREMENT CHECK (entry > 0),
    at INTEGER,
    actor TEXT,
    act TEXT NOT NULL,
    object TEXT,
    outcome TEXT NOT NULL CHECK (outcome IN ('done', 'refused')),
    remote_address TEXT,
    left_out INTEGER NOT NULL
  ) STRICT;
  CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END;
  CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END;
  -- INSERT OR REPLACE removes a row without asking the trigger above.
  CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit
    WHEN EXISTS (SELECT 1 FROM audit WHERE entry = NEW.entry)
    BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END;
`;
