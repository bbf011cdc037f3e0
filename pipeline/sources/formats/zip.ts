import { existsSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';

/** What to do about a file that is not as it should be. */
export const REMEDY = 'fetch the file again';

/** An archive with what it holds, in the archive's order; to be closed by who opened it. */
export interface OpenZip {
  readonly zip: ZipFile;
  readonly entries: Entry[];
}

/** @throws one line that names the file: missing, not a zip archive, truncated */
export async function openZip(path: string): Promise<OpenZip> {
  if (!existsSync(path)) throw new Error(`missing file: ${path}: ${REMEDY}`);
  try {
    const zip = await openPromise(path, { autoClose: false });
    const entries: Entry[] = [];
    for await (const entry of zip.eachEntry()) entries.push(entry);
    return { zip, entries };
  } catch (cause) {
    throw new Error(`${path}: not a zip archive, or truncated: ${REMEDY}`, { cause });
  }
}

/**
 * One entry's bytes, in a buffer of their own: an SAE's largest array is 150 MB, and is not copied again.
 * @throws where it is truncated, or its checksum does not match
 */
export async function readEntry(zip: ZipFile, entry: Entry): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(entry.uncompressedSize);
  let at = 0;
  for await (const part of await zip.openReadStreamPromise(entry))
    at += (part as Buffer).copy(bytes, at);
  if (crc32(bytes.subarray(0, at)) !== entry.crc32)
    throw new Error('damaged, its checksum does not match');
  return bytes.subarray(0, at);
}
