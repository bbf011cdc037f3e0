import { closeSync, fsyncSync, linkSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { discard, writing } from '../schema/write-fault.ts';

/**
 * Give a file that was written under another name its own, once its bytes are on the disk. If there is one, that stays: another
 * process has done the same work, and what it has said of its file must remain true.
 * @throws `data/x.json: cannot be written: …`; the file of the other name is removed in any case
 */
export function settle(partial: string, path: string): void {
  try {
    writing(path, () => {
      flush(partial);
      linkOrRename(partial, path);
    });
  } finally {
    discard(partial);
  }
}

/** The same for a text. */
export function settleText(path: string, text: string): void {
  const partial = partialOf(path);
  try {
    writing(path, () => writeFileSync(partial, text));
  } catch (error) {
    discard(partial);
    throw error;
  }
  settle(partial, path);
}

/** A name that no other process writes to, on this machine or another one. */
export const partialOf = (path: string): string => `${path}.${crypto.randomUUID()}.tmp`;

/** A machine may be lost at any moment, and its files with it that are not on the disk. */
function flush(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function linkOrRename(partial: string, path: string): void {
  try {
    linkSync(partial, path);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (!NO_LINKS.has(code)) throw error;
    renameSync(partial, path);
  }
}

/** What disks without hard links say. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);
