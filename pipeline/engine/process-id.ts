import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';

/** What tells a process from every other one, also from a later one that is given the same number. */
export type ProcessId = z.infer<typeof ProcessId>;
export const ProcessId = z.strictObject({
  pid: z.int().min(1),
  /** When it started, as the system counts; null where the system does not say. */
  started: z.string().nullable(),
  /** Where its number holds: the machine's name, its boot, and the container's own numbering of processes. */
  host: z.string(),
  boot: z.string().nullable(),
  numbering: z.string().nullable(),
  /** The Slurm job that it runs in, and how often this was started again; left out elsewhere. */
  job: z.strictObject({ id: z.string(), restarts: z.int().min(0) }).optional(),
});

/** This process. */
export const thisProcess = (): ProcessId => ({
  pid: process.pid,
  started: startOf(process.pid),
  host: hostname(),
  boot: readOrNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
  numbering: readOrNull(() => readlinkSync('/proc/self/ns/pid')),
  ...slurmJob(process.env),
});

/** Whether a process still runs; `unknown` where it is one of another machine or container. */
export function isRunning(other: ProcessId): boolean | 'unknown' {
  const { host, boot, numbering, job } = thisProcess();
  // Slurm starts a job again only once it has ended, or its machine was given up.
  if (job && other.job?.id === job.id && other.job.restarts < job.restarts) return false;
  if (other.host === host && other.boot !== boot) return false; // the machine was started again since
  if (other.host !== host || other.numbering !== numbering) return 'unknown';
  return exists(other.pid) && startOf(other.pid) === other.started;
}

/** The job of a process that Slurm started. */
const slurmJob = ({
  SLURM_JOB_ID: id,
  SLURM_RESTART_COUNT: restarts = '0',
}: NodeJS.ProcessEnv): Pick<ProcessId, 'job'> =>
  id === undefined ? {} : { job: { id, restarts: Number(restarts) } };

/** Signal 0 is never delivered. A process of another user exists, though it may not be signalled. */
function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** From Linux's /proc, in clock ticks since the boot; else from `ps`, as a date; null where neither has it. */
function startOf(pid: number): string | null {
  const stat = readOrNull(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  if (stat === null) return startByPs(pid);
  // The second field is a name in parentheses, which may hold anything; the third is the state, the 22nd the start.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const hasEnded = fields[0] === 'Z' || fields[0] === 'X';
  return hasEnded ? null : (fields[19] ?? null);
}

function startByPs(pid: number): string | null {
  const { status, stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim() : null;
}

function readOrNull(read: () => string): string | null {
  try {
    return read();
  } catch {
    return null;
  }
}
