// The firmware's part of `npm test`. What is built is kept: a run without changes compiles nothing.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { root } from './bootstrap.mjs';
import { configure, firmwarePackages, gcc } from './firmware.mjs';

export const firmwareTestPackages = [
  ...firmwarePackages,
  'clang-19',
  'libclang-rt-19-dev',
  'clang-tidy-19',
  'clang-format-19',
  'doctest-dev',
  'valgrind',
];

/** Where the tests in TypeScript find the programs. */
export const testBuild = 'firmware/build/tests';

const clang = {
  CMAKE_C_COMPILER: 'clang-19',
  CMAKE_CXX_COMPILER: 'clang++-19',
  CMAKE_BUILD_TYPE: 'RelWithDebInfo',
  // A quarter less to wait for than with -O2 -g, and findings still name their lines.
  CMAKE_CXX_FLAGS_RELWITHDEBINFO: '-O1 -g1',
};

/** All its warnings are errors. */
const clangTidy = 'clang-tidy-19;--quiet';

/** Checks the sources, builds everything in three ways, and runs ctest; the rest is for the tests in TypeScript. */
export function testFirmware(tally) {
  const folders = ['include', 'lib', 'linux', 'src', 'test'].map((folder) => `firmware/${folder}`);
  tally.check(['find', ...folders, '-name', '*.[ch]pp', '-exec', 'clang-format-19', '--dry-run', '-Werror', '{}', '+']);

  // Under ASan and UBSan.
  const tests = { SEALPOST_TESTS: 'ON', SEALPOST_SANITIZE: 'ON', SEALPOST_BOARD_TIDY: clangTidy };
  if (build(tally, testBuild, { ...clang, ...tests })) runCtest(tally);

  // Under TSan.
  build(tally, 'firmware/build/threads', { ...clang, SEALPOST_SANITIZE: 'thread' });

  // Another compiler, the release's optimisation, and clang-tidy.
  const checks = { CMAKE_COMPILE_WARNING_AS_ERROR: 'ON', CMAKE_CXX_CLANG_TIDY: clangTidy };
  build(tally, 'firmware/build/checks', { ...gcc, CMAKE_BUILD_TYPE: 'Release', ...checks });
}

function build(tally, directory, settings) {
  return tally.check(configure(directory, settings)) && tally.check(['cmake', '--build', directory, '--', '--quiet']);
}

function runCtest(tally) {
  const report = join(root, testBuild, 'ctest.xml');
  rmSync(report, { force: true });
  const jobs = String(availableParallelism?.() ?? cpus().length);
  const options = ['--no-tests=error', '--output-on-failure', '--parallel', jobs, '--output-junit', 'ctest.xml'];
  const { ok, output } = tally.runQuietly(['ctest', '--test-dir', testBuild, ...options]);
  // Each test has a line; only those of the failures are worth reading.
  process.stdout.write(ok ? output.replace(/^.*\n(?=\d+% tests passed)/s, '') : output);
  if (!existsSync(report)) return tally.add({ failed: 1 });
  const counts = readFileSync(report, 'utf8');
  const count = (name) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(counts)?.[1]);
  const [all, failed, skipped, disabled] = ['tests', 'failures', 'skipped', 'disabled'].map(count);
  tally.add({ passed: all - failed - skipped - disabled, failed, skipped: skipped + disabled });
  if (!ok && failed === 0) tally.add({ failed: 1 });
}
