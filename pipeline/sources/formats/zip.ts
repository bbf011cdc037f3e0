import { existsSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';

/** The remedy in errors about damaged files. */
export const REMEDY = 'fetch the file again';

/** An open archive and its entries, in the archive's order. The caller closes `zip`. */
export interface OpenZip {
  readonly zip: ZipFile;
  readonly entries: Entry[];
}

/** Open an archive. @throws one line that names the file: missing, not a zip archive, truncated */
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
 * One entry's bytes, in a buffer that no other data share: an SAE's largest array has 150 MB and need not be copied.
 * @throws if the entry is truncated, or its checksum does not match
 */
export async function readEntry(zip: ZipFile, entry: Entry): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(entry.uncompressedSize);
  let length = 0;
  for await (const part of await zip.openReadStreamPromise(entry))
    length += (part as Buffer).copy(bytes, length);
  if (crc32(bytes.subarray(0, length)) !== entry.crc32)
    throw new Error('damaged, its checksum does not match');
  return bytes.subarray(0, length);
}
