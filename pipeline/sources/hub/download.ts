import { createHash, type Hash } from 'node:crypto';
import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { takeLock } from '../../engine/lock.ts';
import { hashInto } from '../formats/hash-file.ts';
import type { Hub, Source } from './hub.ts';
import { backoff, Refusal, reasonOf, requester, TRIES } from './request.ts';

/** A file of a repository, with the hash of its content. */
export interface RemoteFile {
  readonly path: string;
  readonly size: number;
  /** SHA-256 (64 hex digits) of a Git LFS file, else Git's SHA-1 (40). Also the name of its blob. */
  readonly etag: string;
}

export interface DownloadOptions {
  readonly hub: Hub;
  readonly source: Source;
  readonly signal: AbortSignal;
  /** Called with the number of bytes received; negative for bytes that must be received again. */
  readonly onBytes: (count: number) => void;
}

/** Number of bytes that an interrupted download of a blob has left. */
export function partialBytes(blob: string): number {
  const partial = partialOf(blob);
  return existsSync(partial) ? statSync(partial).size : 0;
}

/**
 * Download one file to `blob`. It is written to `blob.incomplete`, from which an interrupted download resumes, checked
 * against its size and hash, and then renamed.
 * @throws where another process downloads it
 * @throws {Refusal} one line: the hub's answer, a connection that breaks too often, wrong bytes
 */
export async function download(
  file: RemoteFile,
  blob: string,
  options: DownloadOptions,
): Promise<void> {
  options.signal.throwIfAborted();
  const shown = `${options.source.repo}/${file.path}`;
  using _ = takeLock(blob, { command: 'download', shown });
  const partial = partialOf(blob);
  if (partialBytes(blob) > file.size) rmSync(partial);
  const target = await openPart(partial, file);
  try {
    await fetchMissing(target, file, options);
    await target.handle.sync();
  } finally {
    await target.handle.close();
  }
  checkPart(target, partial, file, options.source);
  renameSync(partial, blob);
}

const partialOf = (blob: string): string => `${blob}.incomplete`;

/** The file as written so far, with the hash of its bytes. */
interface PartialFile {
  readonly handle: FileHandle;
  bytes: number;
  hash: Hash;
}

async function openPart(partial: string, file: RemoteFile): Promise<PartialFile> {
  await (await open(partial, 'a')).close();
  const hash = startHash(file);
  const bytes = hashInto(hash, partial);
  return { handle: await open(partial, 'r+'), bytes, hash };
}

/** Git's SHA-1 includes a header. */
const startHash = ({ etag, size }: RemoteFile): Hash =>
  etag.length === 64 ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);

/** A connection that brings fewer bytes counts as a failed try. */
const MIN_PROGRESS = 2 ** 20;

/** Request the missing bytes until the file is complete. A connection that makes progress may break any number of times. */
async function fetchMissing(
  part: PartialFile,
  file: RemoteFile,
  options: DownloadOptions,
): Promise<void> {
  const { hub, source, signal } = options;
  const name = `${source.repo}: ${file.path}`;
  for (let tries = 0; part.bytes < file.size; ) {
    const before = part.bytes;
    const fault = await readResponse(part, file, options);
    if (part.bytes > file.size) return;
    if (part.bytes === file.size) break;
    tries = part.bytes - before >= MIN_PROGRESS ? 1 : tries + 1;
    if (tries >= TRIES)
      throw new Refusal(
        `${name}: the line was cut ${TRIES} times (${fault}), at byte ${part.bytes} of ${file.size}: run again to go on from there`,
      );
    signal.throwIfAborted();
    await hub.pause(backoff(tries), fault);
  }
}

/** Append the bytes of one connection. @returns why it ended early */
async function readResponse(
  part: PartialFile,
  file: RemoteFile,
  options: DownloadOptions,
): Promise<string> {
  const response = await requestFrom(part.bytes, file, options);
  const length = fileSizeOf(response);
  if (length !== null && length !== file.size) {
    await response.body?.cancel();
    throw new Refusal(
      `${options.source.repo}: ${file.path}: wrong bytes (${length} of them, expected ${file.size}): run again later`,
    );
  }
  if (rangeStartOf(response) !== part.bytes) {
    options.onBytes(-part.bytes);
    Object.assign(part, { bytes: 0, hash: startHash(file) });
    await part.handle.truncate();
  }
  try {
    for await (const chunk of response.body ?? []) {
      await writeAt(part.handle, chunk, part.bytes);
      part.hash.update(chunk);
      part.bytes += chunk.length;
      options.onBytes(chunk.length);
      if (part.bytes > file.size) return 'too long';
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === 'write') throw error;
    return reasonOf(error as Error, options.signal);
  }
  return 'ended early';
}

/** Write in a loop: a disk that is nearly full may accept only a part of the data. */
async function writeAt(handle: FileHandle, data: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < data.length; )
    done += (await handle.write(data, done, data.length - done, position + done)).bytesWritten;
}

function requestFrom(from: number, file: RemoteFile, options: DownloadOptions): Promise<Response> {
  const { hub, source, signal } = options;
  const path = file.path.split('/').map(encodeURIComponent).join('/');
  const url = `${hub.endpoint}/${source.repo}/resolve/${source.revision}/${path}`;
  const range: Record<string, string> = from > 0 ? { range: `bytes=${from}-` } : {};
  const fetch = requester(hub, source, { signal });
  return fetch(url, { headers: { 'accept-encoding': 'identity', ...range } });
}

/** The offset of a response's first byte; 0 if the server does not support ranges. */
const rangeStartOf = ({ status, headers }: Response): number =>
  status === 206 ? Number(/^bytes (\d+)-/.exec(headers.get('content-range') ?? '')?.[1]) : 0;

/** The size of the whole file; null if the response does not state it. */
function fileSizeOf({ status, headers }: Response): number | null {
  const header = status === 206 ? headers.get('content-range') : headers.get('content-length');
  const length = /(?:^|\/)(\d+)$/.exec(header ?? '')?.[1];
  return length === undefined ? null : Number(length);
}

/** Check size and hash, and delete a file that does not match. @throws if it does not match */
function checkPart(
  { bytes, hash }: PartialFile,
  partial: string,
  file: RemoteFile,
  { repo }: Source,
): void {
  const digest = hash.digest('hex');
  if (bytes === file.size && digest === file.etag) return;
  rmSync(partial, { force: true });
  const mismatch =
    bytes === file.size
      ? `hash ${digest.slice(0, 12)}… of ${basename(file.path)}, expected ${file.etag.slice(0, 12)}…`
      : `more than its ${file.size} bytes`;
  throw new Refusal(
    `${repo}: ${file.path}: wrong bytes (${mismatch}): removed; run again to fetch it`,
  );
}
