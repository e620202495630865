// The fuzzers of firmware/test/fuzz. `npm run fuzz -- MINUTES [TARGET …]` has each search for so long, from what it found
// before; as a part of `npm test` they do no more than a fixed number of runs from the committed corpus.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bootstrap, ensureDebianPackages, root, toolEnvironment } from './bootstrap.mjs';
import { firmwarePackages } from './firmware.mjs';
import { ensureSources, sources } from './rv32.mjs';
import { Tally } from './tally.mjs';

const directory = 'firmware/build/fuzz';
const corpora = 'firmware/test/fuzz/corpus';
/** Inputs that were not taken as they should be. */
const findings = `${directory}/findings`;

export const allTargets = readdirSync(join(root, 'firmware/test/fuzz'))
  .filter((name) => name.endsWith('.cpp'))
  .map((name) => basename(name, '.cpp'));

/** Each target is one check. */
export function testFuzz(tally) {
  if (!build(tally)) return;
  // The same every time, and short whatever the machine.
  const found = join(directory, 'smoke');
  for (const target of allTargets) {
    rmSync(join(root, found), { recursive: true, force: true });
    search(tally, target, ['-seed=1', '-runs=20000', '-max_total_time=10'], found);
  }
}

function build(tally) {
  const settings = {
    CMAKE_C_COMPILER: 'clang-19',
    CMAKE_CXX_COMPILER: 'clang++-19',
    CMAKE_BUILD_TYPE: 'RelWithDebInfo',
    SEALPOST_SOURCES: sources,
  };
  const definitions = Object.entries(settings).map(([name, value]) => `-D${name}=${value}`);
  const configure = ['cmake', '--log-level=NOTICE', '-S', 'firmware/test/fuzz', '-B', directory, '-G', 'Ninja'];
  return (
    tally.check([...configure, ...definitions]) &&
    tally.check(['cmake', '--build', directory, '--target', 'fuzzers', '--', '--quiet'])
  );
}

/** Begins with what is in the folder `found` and with the committed corpus; what leads further is added to `found`. */
function search(tally, target, options, found) {
  for (const folder of [findings, found]) mkdirSync(join(root, folder), { recursive: true });
  const bounds = ['-timeout=10', '-rss_limit_mb=2048', `-artifact_prefix=${findings}/${target}-`];
  const command = [join(directory, `fuzz-${target}`), ...options, ...bounds, '-print_final_stats=1'];
  command.push(found, join(corpora, target));
  const { ok, output } = tally.runQuietly(command);
  const [, runs] = /number_of_executed_units: (\d+)/.exec(output) ?? [];
  process.stdout.write(ok && runs ? `${runs} inputs, nothing found\n` : output);
  tally.add({ [ok && runs ? 'passed' : 'failed']: 1 });
}

function searchLonger(tally, minutes, targets) {
  if (!build(tally)) return;
  for (const target of targets) {
    search(tally, target, [`-max_total_time=${Math.ceil(minutes * 60)}`], join(directory, 'corpus', target));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [minutes, ...targets] = process.argv.slice(2);
  const unknown = targets.filter((target) => !allTargets.includes(target));
  if (!(Number(minutes) > 0) || unknown.length > 0) {
    process.stderr.write(`usage: npm run fuzz -- MINUTES [TARGET …]\ntargets: ${allTargets.join(', ')}\n`);
    process.exit(2);
  }
  bootstrap(() => {
    ensureDebianPackages([...firmwarePackages, 'clang-19', 'libclang-rt-19-dev', 'dpkg-dev']);
    ensureSources();
  });
  const tally = new Tally({ cwd: root, env: toolEnvironment() });
  searchLonger(tally, Number(minutes), targets.length > 0 ? targets : allTargets);
  process.stdout.write(`\n${tally}\n`);
  process.exitCode = tally.failed === 0 ? 0 : 1;
}
