import { globSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

/** A process that runs a command of the project in a folder (Linux). */
export interface Running {
  readonly pid: number;
  readonly args: readonly string[];
}

/** The processes that run a command, such as `gather`, in a root. */
export const running = (root: string, command: string): Running[] =>
  globSync('/proc/[0-9]*').flatMap((dir) => {
    try {
      const args = readFileSync(`${dir}/cmdline`, 'utf8').split('\0').slice(0, -1);
      const isOne = args.includes(`pipeline/commands/${command}.ts`);
      return isOne && readlinkSync(`${dir}/cwd`) === root
        ? [{ pid: Number(dir.slice('/proc/'.length)), args }]
        : [];
    } catch {
      return []; // it has ended
    }
  });

/** The process that started another one. */
export function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

/** Wait until something is there. @throws after some seconds */
export async function until<T>(
  what: string,
  look: () => T | null | undefined | false,
  seconds = 300,
): Promise<T> {
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end) {
    const found = look();
    if (found) return found;
    await setTimeout(50);
  }
  throw new Error(`${what}: not within ${seconds} s`);
}
