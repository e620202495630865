import { CommanderError } from 'commander';
import { failureSentence } from './cli/failure-sentence.ts';
import { createProgram } from './cli/program.ts';
import { UsageError } from './errors.ts';

/** 0 done, 1 failed, 2 not called right. */
async function main(): Promise<number> {
  try {
    await createProgram().parseAsync();
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const sentence = failureSentence(error);
    if (sentence !== undefined) {
      process.stderr.write(`sealpost: ${sentence}\n`);
      return error instanceof UsageError ? 2 : 1;
    }
    throw error;
  }
}

// `sealpost device list | head` closes the pipe before everything is said: no reason for a stack trace.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(1);
});
process.exitCode = await main();
