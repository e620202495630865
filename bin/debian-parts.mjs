// Brings what is built for another machine than this one: files out of Debian packages, and Debian's sources. apt checks
// both against Debian's signatures, with lists and archives of its own: nothing of the machine's is changed, and no
// rights are needed.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CannotBootstrap, say } from './bootstrap.mjs';

/**
 * Fills `directory`, unless it holds these very parts: `files` is by binary package which of its files to unpack (tar's
 * patterns), `sources` is source packages, each into a folder of its name.
 */
export function ensureDebianParts(directory, { files = {}, sources = [] }) {
  const wanted = JSON.stringify({ files, sources });
  const stamp = join(directory, 'parts.json');
  try {
    if (readFileSync(stamp, 'utf8') === wanted) return;
  } catch {
    // Not there yet.
  }
  const names = [...Object.keys(files), ...sources];
  say(`getting parts of Debian packages into ${directory}: ${names.join(' ')} (once) …`);
  rmSync(directory, { recursive: true, force: true });
  const apt = privateApt(join(directory, 'apt'));

  const downloads = join(directory, 'downloads');
  mkdirSync(downloads);
  if (Object.keys(files).length > 0) apt(['download', ...Object.keys(files)], downloads);
  if (sources.length > 0) apt(['source', '--download-only', ...sources], downloads);
  const find = (start, end) => {
    const name = readdirSync(downloads).find((file) => file.startsWith(`${start}_`) && file.endsWith(end));
    if (name === undefined) throw new CannotBootstrap(`apt brought no ${start}…${end}`);
    return join(downloads, name);
  };
  // dpkg-deb alone unpacks everything, which is a gigabyte of one of these.
  const unpack = 'deb=$1 into=$2; shift 2; dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$into" --wildcards "$@"';
  for (const [name, patterns] of Object.entries(files)) {
    run(['bash', '-o', 'pipefail', '-c', unpack, 'unpack', find(name, '.deb'), directory, ...patterns]);
  }
  for (const name of sources)
    run(['dpkg-source', '--no-check', '--no-copy', '--extract', find(name, '.dsc'), join(directory, name)]);

  for (const folder of ['apt', 'downloads']) rmSync(join(directory, folder), { recursive: true });
  writeFileSync(`${stamp}.new`, wanted);
  renameSync(`${stamp}.new`, stamp);
}

/** An apt-get that also knows the sources of the archives that this machine installs from. */
function privateApt(home) {
  for (const folder of ['lists/partial', 'archives/partial']) mkdirSync(join(home, folder), { recursive: true });
  const own = [
    `Dir::State::Lists=${home}/lists`,
    `Dir::Cache=${home}`,
    'APT::Sandbox::User=root',
    'Acquire::Retries=3',
  ];
  const list = join(home, 'sources.list');
  const apt = (options) => {
    const command = ['apt-get', '-qq', ...options.flatMap((option) => ['-o', option])];
    return (args, cwd) => run([...command, ...args], cwd);
  };

  const withMachinesList = apt(own);
  withMachinesList(['update']);
  const format = '$(ORIGIN) $(REPO_URI) $(RELEASE) $(COMPONENT)';
  const archives = withMachinesList(['indextargets', '--format', format, 'Created-By: Packages']);
  const lines = new Set();
  for (const line of archives.split('\n')) {
    const [origin, ...archive] = line.split(' ');
    if (origin !== 'Debian' && origin !== 'Ubuntu') continue;
    const keys = `/usr/share/keyrings/${origin.toLowerCase()}-archive-keyring.gpg`;
    for (const type of ['deb', 'deb-src']) lines.add(`${type} [signed-by=${keys}] ${archive.join(' ')}\n`);
  }
  if (lines.size === 0) throw new CannotBootstrap('apt knows no archive of Debian or Ubuntu to get sources from');
  writeFileSync(list, [...lines].join(''));

  const withOwnList = apt([...own, `Dir::Etc::SourceList=${list}`, 'Dir::Etc::SourceParts=/dev/null']);
  withOwnList(['update']);
  return withOwnList;
}

function run([program, ...args], cwd) {
  const ran = spawnSync(program, args, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (ran.error) throw new CannotBootstrap(`${program} could not be started: ${ran.error.message}`);
  if (ran.status !== 0) throw new CannotBootstrap(`'${[program, ...args].join(' ')}' failed:\n${ran.stderr}`);
  return ran.stdout;
}
