import { crc32 } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { readingAsync } from '../../schema/foreign-file.ts';

/** The remedy in errors about damaged files. */
export const REMEDY = 'fetch the file again';

/** An open archive and its entries, in the archive's order. The caller closes `zip`. */
export interface OpenZip {
  readonly zip: ZipFile;
  readonly entries: Entry[];
}

/** Open an archive. @throws one line that names the file: missing, not a zip archive, truncated */
export const openZip = (path: string): Promise<OpenZip> =>
  readingAsync({ path, remedy: REMEDY }, async () => {
    try {
      const zip = await openPromise(path, { autoClose: false });
      return { zip, entries: await entriesOf(zip) };
    } catch (cause) {
      throw new Error(`${path}: not a zip archive, or truncated: ${REMEDY}`, { cause });
    }
  });

async function entriesOf(zip: ZipFile): Promise<Entry[]> {
  const entries: Entry[] = [];
  try {
    for await (const entry of zip.eachEntry()) entries.push(entry);
  } catch (error) {
    zip.close();
    throw error;
  }
  return entries;
}

/** What a compressed byte can stand for at most, in the format of zip archives (RFC 1951). */
const MOST_COMPRESSED = 1032;

/**
 * One entry's bytes, in a buffer that no other data share: an SAE's largest array has 150 MB and need not be copied.
 * @throws if the entry is truncated, says that it is larger than it can be, or its checksum does not match
 */
export async function readEntry(zip: ZipFile, entry: Entry): Promise<Buffer> {
  const { compressedSize: stored, uncompressedSize: size } = entry;
  if (stored > zip.fileSize || size > MOST_COMPRESSED * (stored + 1))
    throw new Error(`damaged, it cannot have ${size} bytes, ${stored} compressed`);
  const bytes = Buffer.allocUnsafeSlow(size);
  let length = 0;
  for await (const part of await zip.openReadStreamPromise(entry))
    length += (part as Buffer).copy(bytes, length);
  if (crc32(bytes.subarray(0, length)) !== entry.crc32)
    throw new Error('damaged, its checksum does not match');
  return bytes.subarray(0, length);
}
