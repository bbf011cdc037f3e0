/** The variable with the id of the process that makes what several tests read. */
export const PREPARATION = 'TEST_PREPARATION_PID';

/** Wait until what several tests read is made; at once where nothing makes it, as for a test that is run alone. */
export function awaitPreparation(): void {
  const pid = Number(process.env[PREPARATION]);
  const clock = new Int32Array(new SharedArrayBuffer(4));
  while (pid > 0 && isRunning(pid)) Atomics.wait(clock, 0, 0, INTERVAL);
}

const INTERVAL = 200; // milliseconds

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
