import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * A folder that is written aside, and takes the place of `target` when it is whole. What stood there before is read until then,
 * and stays if the process fails or is killed.
 */
export interface FolderAside {
  /** The folder to write to: beside `target`, of this process, not there yet. */
  readonly partial: string;
  /** Put it in the place of `target`. */
  publish(): void;
  /** Remove it. */
  discard(): void;
}

/**
 * Begin to replace a folder. A folder that holds files cannot be renamed over, so the old one steps aside for a moment: where a
 * process was killed in it, the old folder is put back here; what processes that have ended left behind is removed.
 */
export function folderAside(target: string): FolderAside {
  tidy(target);
  const partial = `${target}${PARTIAL}${process.pid}`;
  const old = `${target}${OLD}${process.pid}`;
  const remove = (path: string) => rmSync(path, { recursive: true, force: true });
  return {
    partial,
    publish() {
      if (existsSync(target)) renameSync(target, old);
      renameSync(partial, target);
      remove(old);
    },
    discard: () => remove(partial),
  };
}

const PARTIAL = '.partial-';
const OLD = '.old-';

function tidy(target: string): void {
  const beside = existsSync(dirname(target)) ? readdirSync(dirname(target)) : [];
  for (const name of beside) {
    const [mark] = [PARTIAL, OLD].filter((mark) => name.startsWith(`${basename(target)}${mark}`));
    if (mark === undefined) continue;
    const pid = Number(name.slice(basename(target).length + mark.length));
    if (!Number.isInteger(pid) || (pid !== process.pid && isRunning(pid))) continue;
    const path = join(dirname(target), name);
    if (mark === OLD && !existsSync(target)) renameSync(path, target);
    else rmSync(path, { recursive: true, force: true });
  }
}

/** Whether a process of this machine runs; one of another user does, too. */
function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
