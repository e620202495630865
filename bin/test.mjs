// Every check there is, in the order that fails fastest; the last line is the sum of what the runners counted.
// `--server` leaves out what needs more than npm.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootstrap, ensureDebianPackages, ensureNode, ensurePackages, root, toolEnvironment } from './bootstrap.mjs';

const serverOnly = process.argv.includes('--server');
const total = { passed: 0, failed: 0, skipped: 0 };

bootstrap(() => {
  ensureNode();
  ensurePackages({ dev: true });
  if (!serverOnly) ensureDebianPackages(['nanopb', 'libnanopb-dev', 'gcc', 'libc6-dev']);
});

const env = { ...toolEnvironment(), SEALPOST_TEST_SCOPE: serverOnly ? 'server' : 'all' };
// The tools take CI=true for a terminal with colours; a log file is none.
const colours = process.stdout.isTTY ? [] : ['--colors=off'];
if (!process.stdout.isTTY) env.NO_COLOR = '1';

function run(command) {
  process.stdout.write(`\n— ${command.join(' ')}\n`);
  const ran = spawnSync(command[0], command.slice(1), { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
  return ran.status === 0;
}

function check(command) {
  total[run(command) ? 'passed' : 'failed'] += 1;
}

function vitest() {
  const directory = mkdtempSync(join(tmpdir(), 'sealpost-test-'));
  const report = join(directory, 'report.json');
  try {
    const ok = run(['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]);
    const counts = JSON.parse(readFileSync(report, 'utf8'));
    total.passed += counts.numPassedTests;
    total.failed += counts.numFailedTests;
    total.skipped += counts.numPendingTests + counts.numTodoTests;
    // A file that does not load, or an error outside a test, is a failure that no test counts.
    if ((!ok && counts.numFailedTests === 0) || counts.numPassedTests === 0) total.failed += 1;
  } catch (error) {
    process.stdout.write(`vitest left no report: ${error.message}\n`);
    total.failed += 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

check(['biome', 'ci', '--error-on-warnings', ...colours]);
check(['tsc', '--noEmit']);
check(['buf', 'lint']);
check(['buf', 'breaking', '--against', 'proto/released.binpb']);
vitest();

const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed${skipped}\n`);
process.exit(total.failed === 0 ? 0 : 1);
