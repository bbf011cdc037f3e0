import type { Command } from 'commander';
import { describeError } from './describe-error.ts';
import { endEarly } from './end-early.ts';

/** Parse the process's arguments and run. An error is one line on stderr, and the exit status is 1. */
export async function runProgram(program: Command): Promise<void> {
  endEarly();
  try {
    await program.parseAsync();
  } catch (error) {
    console.error(`error: ${describeError(error)}`);
    process.exitCode = 1;
  }
}
