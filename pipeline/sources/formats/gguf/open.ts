import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { reading } from '../../../schema/foreign-file.ts';
import type { FileBytes } from '../file-bytes.ts';
import { type GgufFile, REFETCH, readGguf } from './header.ts';

/** Open a GGUF file on a disk. @throws as `readGguf` does, and where the system refuses the file */
export const openGguf = (path: string): GgufFile =>
  reading({ path, remedy: 'name a GGUF file' }, () => readGguf(fileBytes(path)));

/** A file on a disk. It is opened for each part, so that nothing is left open. */
const fileBytes = (path: string): FileBytes => ({
  path,
  size: statSync(path).size,
  read: (offset, length) => {
    const file = openSync(path, 'r');
    try {
      return readAt(file, { path, offset, length });
    } finally {
      closeSync(file);
    }
  },
});

function readAt(
  file: number,
  {
    path,
    offset,
    length,
  }: { readonly path: string; readonly offset: number; readonly length: number },
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const count = readSync(file, bytes, done, Math.min(length - done, LARGEST), offset + done);
    if (count === 0) throw new Error(`${path}: ends at byte ${offset + done}: ${REFETCH}`);
    done += count;
  }
  return bytes;
}

/** Bytes that the system reads at once. */
const LARGEST = 2 ** 30;
