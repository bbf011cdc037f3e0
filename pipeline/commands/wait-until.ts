import { setTimeout } from 'node:timers/promises';
import type { WriteStream } from 'node:tty';

const INTERVAL = 2000; // milliseconds

/**
 * Wait until something is there. What another machine has written to a shared folder may be seen there first, and here within a
 * minute: NFS keeps what it knows of a folder for so long (`acdirmax`, 60 s).
 * @param look gives what is waited for, or why it is not there yet
 * @param seconds how long it is looked for again
 * @throws the last reason
 */
export async function waitUntil<T extends object>(
  look: () => Promise<T | { readonly problem: string }>,
  seconds: number,
  output: WriteStream,
): Promise<T> {
  const end = performance.now() + 1000 * seconds;
  for (let tries = 0; ; tries++) {
    const found = await look();
    if (!('problem' in found)) return found;
    if (performance.now() >= end) throw new Error(found.problem);
    if (tries === 0)
      output.write(`waiting up to ${seconds} s, as a shared folder may lag: ${found.problem}\n`);
    await setTimeout(Math.min(INTERVAL, end - performance.now()));
  }
}
