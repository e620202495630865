import { randomBytes } from 'node:crypto';
import { type Command, InvalidArgumentError } from 'commander';
import { commandLine } from '../access/actor.ts';
import type { Role } from '../access/grant.ts';
import { isTokenName, TokenAdmin, tokenNameRule } from '../access/token-admin.ts';
import type { StoredToken } from '../store/access-store.ts';
import type { Store } from '../store/store.ts';
import { type Micros, rfc3339, systemClock } from '../time.ts';
import { expiryTime } from './expiry.ts';
import { dataOption, deviceIdArgument, jsonOption, masterKeyFileOption, option, type StoreOptions } from './options.ts';
import { printJson, printLines, printTable } from './output.ts';
import { withStore } from './with-store.ts';

interface ViewOptions extends StoreOptions {
  readonly json?: true;
}

interface NewTokenOptions extends ViewOptions {
  readonly role: Role;
  readonly device?: string;
  readonly expires?: Micros;
}

/** `sealpost token …`: works whether the server runs or not; a running server sees each change at once. */
export function addTokenCommands(program: Command): void {
  const token = program.command('token').description('Let people and programs read, or look after devices');
  const command = (name: string, description: string) =>
    token.command(name).description(description).addOption(dataOption()).addOption(masterKeyFileOption());

  command('add', 'Make a token and show it, once')
    .argument('<name>', 'whose it is, or what for', tokenName)
    .addOption(
      option('--role <role>', 'what it allows: to read, or to look after devices too')
        .choices(['reader', 'admin'])
        .default('reader'),
    )
    .addOption(option('--device <id>', 'the one device that it reads').argParser(deviceIdArgument))
    .addOption(
      option('--expires <when>', 'a span (12h, 90d, 52w) or a time (2027-01-31)').argParser((text) =>
        expiryTime(text, systemClock.wall()),
      ),
    )
    .addOption(jsonOption())
    .action(addToken);
  command('list', 'List the tokens; never what they are').addOption(jsonOption()).action(listTokens);
  command('revoke', 'End a token, with all that is logged in by it')
    .argument('<name>', 'the token', tokenName)
    .addOption(jsonOption())
    .action(revokeToken);
}

const adminOf = (store: Store) => new TokenAdmin({ store: store.access, now: systemClock.wall, randomBytes });

async function addToken(name: string, options: NewTokenOptions): Promise<void> {
  const { role, device: deviceId, expires: expiresAt } = options;
  const token = await withStore(options, (store) =>
    adminOf(store).add({ name, role, deviceId, expiresAt }, commandLine),
  );
  if (options.json) return printJson({ name, role, device: deviceId ?? null, expiresAt: time(expiresAt), token });
  const until = expiresAt === undefined ? 'until it is revoked' : `until ${rfc3339(expiresAt)}`;
  printLines(
    `${name} may ${role === 'admin' ? 'read and look after' : 'read'} ${deviceId ?? 'all devices'}, ${until}.`,
    '',
    `  token  ${token}`,
    '',
    'This is shown once. Next, log in with it on the page, or have a program send it in a header:',
    '  Authorization: Bearer …',
  );
}

async function listTokens(options: ViewOptions): Promise<void> {
  const tokens = await withStore(options, (store) => store.access.listTokens());
  if (options.json) return printJson(tokens.map(tokenJson));
  if (tokens.length === 0) return printLines('No token yet. Make one: sealpost token add ada --role reader');
  printTable(
    ['TOKEN', 'ROLE', 'DEVICE', 'ADDED', 'EXPIRES'],
    tokens.map(({ name, role, deviceId, addedAt, expiresAt }) => [
      name,
      role,
      deviceId ?? 'all',
      rfc3339(addedAt),
      `${time(expiresAt) ?? 'never'}${hasExpired(expiresAt) ? ' (has expired)' : ''}`,
    ]),
  );
}

function tokenJson({ name, role, deviceId, addedAt, expiresAt }: StoredToken) {
  return { name, role, device: deviceId, addedAt: rfc3339(addedAt), expiresAt: time(expiresAt) };
}

async function revokeToken(name: string, options: ViewOptions): Promise<void> {
  await withStore(options, (store) => adminOf(store).revoke(name, commandLine));
  if (options.json) return printJson({ name, token: 'revoked' });
  printLines(`${name} is shut out, from now on.`);
}

function hasExpired(expiresAt: Micros | null): boolean {
  return expiresAt !== null && expiresAt <= systemClock.wall();
}

function time(at: Micros | null | undefined): string | null {
  return at === null || at === undefined ? null : rfc3339(at);
}

function tokenName(text: string): string {
  if (!isTokenName(text)) throw new InvalidArgumentError(`A token's name is ${tokenNameRule}.`);
  return text;
}
