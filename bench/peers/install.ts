import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian's packages of the peers; apt adds what they need. */
const packages = ['gunicorn', 'python3-flask', 'python3-cryptography', 'influxdb', 'mosquitto'];

/** What `--install-peers` unpacks; not in git. */
const home = join(import.meta.dirname, 'installed');

/**
 * Gets the peers and what they need and this machine lacks from Debian's archive, and unpacks them into a folder of the
 * bench. Nothing is installed, so no service starts, no rights are needed, and to be rid of it all is to delete the folder.
 */
export function installPeers(): void {
  const fresh = `${home}.new`;
  const apt = join(fresh, 'apt');
  rmSync(fresh, { recursive: true, force: true });
  for (const folder of ['lists/partial', 'archives/partial']) mkdirSync(join(apt, folder), { recursive: true });
  const own = [`Dir::State::Lists=${apt}/lists`, `Dir::Cache=${apt}`, 'APT::Sandbox::User=root', 'Debug::NoLocking=1'];
  const options = ['-qq', '-y', '--no-install-recommends', ...own.flatMap((option) => ['-o', option])];
  run('apt-get', [...options, 'update']);
  // Those that are installed already are not downloaded: `reinstall` would not fetch what they need.
  for (const name of packages) {
    try {
      run('apt-get', [...options, 'install', '--download-only', name]);
    } catch (error) {
      // Another release may lack one of them, and the others are worth measuring without it.
      process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    }
  }
  const archives = join(apt, 'archives');
  for (const name of readdirSync(archives)) {
    if (name.endsWith('.deb')) run('dpkg-deb', ['--extract', join(archives, name), fresh]);
  }
  rmSync(apt, { recursive: true });
  rmSync(home, { recursive: true, force: true });
  renameSync(fresh, home);
}

function run(program: string, args: readonly string[]): void {
  const ran = spawnSync(program, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (ran.error) throw new Error(`${program} could not be started: ${ran.error.message}`);
  if (ran.status !== 0) throw new Error(`${program} ${args.at(-1)} failed:\n${ran.stderr}`);
}

/** Where a peer's program is, or null when it is not on this machine. */
export function findProgram(name: string): string | null {
  const folders = [join(home, 'usr/bin'), join(home, 'usr/sbin'), ...(process.env.PATH ?? '').split(delimiter)];
  return [...folders, '/usr/sbin'].map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}

/** The environment in which unpacked programs find their libraries and modules. */
export function peerEnvironment(): NodeJS.ProcessEnv {
  const libraries = join(home, 'usr/lib');
  const folders = existsSync(libraries) ? readdirSync(libraries).filter((name) => name.endsWith('-linux-gnu')) : [];
  const path = (first: string[], rest = '') => [...first, rest].filter((part) => part !== '').join(delimiter);
  return {
    ...process.env,
    LD_LIBRARY_PATH: path(
      folders.map((name) => join(libraries, name)),
      process.env.LD_LIBRARY_PATH,
    ),
    PYTHONPATH: path([join(libraries, 'python3/dist-packages')], process.env.PYTHONPATH),
  };
}
