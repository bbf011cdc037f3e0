import type { Command } from 'commander';

/** Parse the process's arguments and run. An error is one line on stderr, and the exit status is 1. */
export async function runProgram(program: Command): Promise<void> {
  try {
    await program.parseAsync();
  } catch (error) {
    console.error(`error: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
