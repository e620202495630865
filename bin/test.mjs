// Every check there is, in the order that fails fastest; the last line is the sum of what the runners counted.
// `--server` leaves out what needs more than npm.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootstrap, ensureDebianPackages, ensureNode, ensurePackages, root, toolEnvironment } from './bootstrap.mjs';
import { firmwareTestPackages, testBuild, testFirmware } from './firmware-tests.mjs';
import { testFuzz } from './fuzz.mjs';
import { ensureRv32Parts, rv32Packages, testRv32 } from './rv32.mjs';
import { Tally } from './tally.mjs';

const serverOnly = process.argv.includes('--server');

bootstrap(() => {
  ensureNode();
  ensurePackages({ dev: true });
  if (!serverOnly) {
    ensureDebianPackages(
      ['nanopb', 'chromium', ...firmwareTestPackages, ...rv32Packages],
      '\nThe part of the tests that needs npm only: npm run test:server',
    );
    ensureRv32Parts();
  }
});

const env = {
  ...toolEnvironment(),
  SEALPOST_TEST_SCOPE: serverOnly ? 'server' : 'all',
  SEALPOST_FIRMWARE_BUILD: join(root, testBuild),
};
// The tools take CI=true for a terminal with colours; a log file is none.
const colours = process.stdout.isTTY ? [] : ['--colors=off'];
if (!process.stdout.isTTY) env.NO_COLOR = '1';
const tally = new Tally({ cwd: root, env });

function vitest() {
  const directory = mkdtempSync(join(tmpdir(), 'sealpost-test-'));
  const report = join(directory, 'report.json');
  try {
    const ok = tally.run(['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]);
    const counts = JSON.parse(readFileSync(report, 'utf8'));
    tally.add({
      passed: counts.numPassedTests,
      failed: counts.numFailedTests,
      skipped: counts.numPendingTests + counts.numTodoTests,
    });
    // A file that does not load, or an error outside a test, is a failure that no test counts.
    if ((!ok && counts.numFailedTests === 0) || counts.numPassedTests === 0) tally.add({ failed: 1 });
  } catch (error) {
    process.stdout.write(`vitest left no report: ${error.message}\n`);
    tally.add({ failed: 1 });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

tally.check(['biome', 'ci', '--error-on-warnings', ...colours]);
tally.check(['tsc', '--noEmit']);
tally.check(['tsc', '--noEmit', '-p', 'web']);
tally.check(['buf', 'lint']);
tally.check(['buf', 'breaking', '--against', 'proto/released.binpb']);
if (!serverOnly) {
  testFirmware(tally);
  testRv32(tally);
  testFuzz(tally);
}
vitest();

process.stdout.write(`\n${tally}\n`);
process.exit(tally.failed === 0 ? 0 : 1);
