import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { makeFolder } from '../schema/make-folder.ts';
import { systemCode } from '../schema/write-fault.ts';
import { isRunning, ProcessId, thisProcess } from './process-id.ts';

/** The right to write a file or folder; `using` gives it back. It ends with the process, however that ends. */
export interface Lock extends Disposable {
  /** Why nothing can be written there, such as `EROFS`; null where it can. */
  readonly fault: string | null;
  /** @throws `cannot write data/results/x (EROFS): …` where nothing can be written */
  requireWritable(): void;
}

export interface LockOptions {
  /** What is running, such as `compute`. */
  readonly command: string;
  /** The target's name in messages; its path where left out. */
  readonly shown?: string;
}

/**
 * Take the lock of a file or folder: a file beside it, `<target>.lock`, that says which process has it. A lock whose process
 * has ended is taken over. On a disk that cannot be written, the lock is granted, with the fault.
 * @throws `another compute (PID 123) is writing data/results/x: …`
 */
export function takeLock(target: string, { command, shown = target }: LockOptions): Lock {
  const path = `${target}.lock`;
  const own = JSON.stringify({ command, process: thisProcess() } satisfies Holder);
  try {
    makeFolder(dirname(path));
    while (!create(path, own)) removeStale(path, { command, shown });
  } catch (error) {
    const code = systemCode(error) ?? '';
    if (!READ_ONLY.has(code)) throw error;
    return lockOf(code, shown, () => {});
  }
  return lockOf(null, shown, release(path, own));
}

/** Take the lock of what is certainly written. @throws as `takeLock` does, and where it cannot be written */
export function takeWriteLock(target: string, options: LockOptions): Lock {
  const lock = takeLock(target, options);
  lock.requireWritable();
  return lock;
}

const READ_ONLY = new Set(['EROFS', 'EACCES', 'EPERM']);

type Holder = z.infer<typeof Holder>;
const Holder = z.strictObject({ command: z.string(), process: ProcessId });

/** @returns whether it was created; false where it exists */
function create(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (code === 'ENOSPC' || code === 'EDQUOT') rmSync(path, { force: true });
    throw error;
  }
}

const lockOf = (fault: string | null, shown: string, giveBack: () => void): Lock => ({
  fault,
  requireWritable: () => {
    if (fault !== null) throw new Error(`cannot write ${shown} (${fault}): make it writable`);
  },
  [Symbol.dispose]: giveBack,
});

/** @returns gives the lock back; the process's end does so, too */
function release(path: string, own: string): () => void {
  const giveBack = (): void => {
    process.off('exit', giveBack);
    if (read(path) === own) rmSync(path, { force: true });
  };
  process.on('exit', giveBack);
  return giveBack;
}

/**
 * Remove a lock whose process has ended. Of several processes that find it, one removes it: a second lock, on the first,
 * keeps the others from removing the lock that the first one then takes.
 * @throws where its process runs, or may run
 */
function removeStale(path: string, options: Required<LockOptions>): void {
  const text = readWritten(path);
  if (text === null) return;
  refuseHeld(text, path, options.shown);
  using _ = takeLock(path, options);
  if (read(path) === text) rmSync(path, { force: true });
}

function refuseHeld(text: string, path: string, shown: string): void {
  const holder = parseHolder(text);
  const running = holder !== null && isRunning(holder.process);
  if (holder === null || running === false) return;
  const { pid, host } = holder.process;
  const [where, remedy] =
    running === 'unknown'
      ? [` on ${host}`, `wait until it ends; if it has ended, delete ${path}`]
      : ['', 'wait until it ends, or stop it'];
  throw new Error(`another ${holder.command} (PID ${pid}${where}) is writing ${shown}: ${remedy}`);
}

function parseHolder(text: string): Holder | null {
  try {
    return Holder.parse(JSON.parse(text));
  } catch {
    return null; // cut off by a crash, or of another version
  }
}

const TRIES = 10;
const INTERVAL = 50; // ms

/** The text of a lock, once it is written: between its creation and that there is a moment. Null where it is gone. */
function readWritten(path: string): string | null {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (let tries = 1; ; tries++) {
    const text = read(path);
    if (text === null || parseHolder(text) !== null || tries === TRIES) return text;
    Atomics.wait(clock, 0, 0, INTERVAL);
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
