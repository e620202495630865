// Builds the virtual ESP32: `npm run firmware:linux`.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { bootstrap, ensureDebianPackages, root } from './bootstrap.mjs';

export const firmwarePackages = ['cmake', 'ninja-build', 'gcc', 'g++', 'libc6-dev', 'libnanopb-dev', 'libmbedtls-dev'];

export const gcc = { CMAKE_C_COMPILER: 'gcc', CMAKE_CXX_COMPILER: 'g++' };

/** The command that configures a build of firmware/ in a directory. */
export function configure(directory, settings) {
  const definitions = Object.entries(settings).map(([name, value]) => `-D${name}=${value}`);
  return ['cmake', '--log-level=NOTICE', '-S', 'firmware', '-B', directory, '-G', 'Ninja', ...definitions];
}

function run([program, ...args]) {
  return spawnSync(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  bootstrap(() => ensureDebianPackages(firmwarePackages));
  const ok =
    run(configure('firmware/build', { ...gcc, CMAKE_BUILD_TYPE: 'Release' })) &&
    run(['cmake', '--build', 'firmware/build', '--target', 'virtual-esp32']);
  if (!ok) process.exit(1);
  process.stdout.write(
    'The virtual ESP32 is firmware/build/virtual-esp32 (--help says how to run it). Three of them at work: npm run demo\n',
  );
}
