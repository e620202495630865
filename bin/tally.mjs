// Runs checks one after another and sums up what they counted.
import { spawnSync } from 'node:child_process';

export class Tally {
  passed = 0;
  failed = 0;
  skipped = 0;
  #options;

  /** What each command is started with: `cwd` and `env`. */
  constructor(options) {
    this.#options = options;
  }

  /** Runs a command for all to see; whether it succeeded. Counts nothing. */
  run(command) {
    announce(command);
    return (
      spawnSync(command[0], command.slice(1), { ...this.#options, stdio: ['ignore', 'inherit', 'inherit'] }).status ===
      0
    );
  }

  /** Runs a command and gives what it printed instead of showing it. Counts nothing. */
  runQuietly(command) {
    announce(command);
    const ran = spawnSync(command[0], command.slice(1), { ...this.#options, encoding: 'utf8', maxBuffer: 2 ** 30 });
    return { ok: ran.status === 0, output: `${ran.stdout ?? ''}${ran.stderr ?? ''}${ran.error?.message ?? ''}` };
  }

  /** Runs a command that is one check. */
  check(command) {
    const ok = this.run(command);
    this.add({ [ok ? 'passed' : 'failed']: 1 });
    return ok;
  }

  add({ passed = 0, failed = 0, skipped = 0 }) {
    this.passed += passed;
    this.failed += failed;
    this.skipped += skipped;
  }

  toString() {
    const skipped = this.skipped > 0 ? `, ${this.skipped} skipped` : '';
    return `${this.passed} passed, ${this.failed} failed${skipped}`;
  }
}

function announce(command) {
  process.stdout.write(`\n— ${command.join(' ')}\n`);
}
