import { createHash, type Hash } from 'node:crypto';
import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { hashInto } from '../formats/hash-file.ts';
import type { Hub, Source } from './hub.ts';
import { backoff, Refusal, reasonOf, requester, TRIES } from './request.ts';

/** A file of a repository, and what identifies its content. */
export interface RemoteFile {
  readonly path: string;
  readonly size: number;
  /** SHA-256 of what Git LFS keeps, 64 hex digits; of other files Git's SHA-1, 40. Also the blob's name. */
  readonly etag: string;
}

export interface Download {
  readonly hub: Hub;
  readonly source: Source;
  readonly signal: AbortSignal;
  /** Bytes that came; negative where they must come again. */
  readonly onBytes: (count: number) => void;
}

/** Bytes that an earlier, interrupted download of a blob left. */
export function partOf(blob: string): number {
  const partial = partialOf(blob);
  return existsSync(partial) ? statSync(partial).size : 0;
}

/**
 * Bring one file to `blob`. It is written to `blob.incomplete`, from where an interrupted download goes on, checked
 * against size and hash, and only then renamed.
 * @throws {Refusal} one line: the hub's answer, a line that is cut too often, wrong bytes
 */
export async function download(file: RemoteFile, blob: string, how: Download): Promise<void> {
  how.signal.throwIfAborted();
  const partial = partialOf(blob);
  if (partOf(blob) > file.size) rmSync(partial);
  const target = await openPart(partial, file);
  try {
    await fill(target, file, how);
    await target.handle.sync();
  } finally {
    await target.handle.close();
  }
  check(target, partial, file, how.source);
  renameSync(partial, blob);
}

const partialOf = (blob: string): string => `${blob}.incomplete`;

/** What is written so far: as many bytes, of which the hash is kept along. */
interface Part {
  readonly handle: FileHandle;
  bytes: number;
  hash: Hash;
}

async function openPart(partial: string, file: RemoteFile): Promise<Part> {
  await (await open(partial, 'a')).close();
  const hash = startHash(file);
  const bytes = hashInto(hash, partial);
  return { handle: await open(partial, 'r+'), bytes, hash };
}

/** Git hashes its files with a header. */
const startHash = ({ etag, size }: RemoteFile): Hash =>
  etag.length === 64 ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);

/** Less than this brought by a connection counts as nothing. */
const WORTHWHILE = 2 ** 20;

/** Ask for what is missing until all is there; a line that keeps bringing something may be cut any number of times. */
async function fill(part: Part, file: RemoteFile, how: Download): Promise<void> {
  const { hub, source, signal } = how;
  const name = `${source.repo}: ${file.path}`;
  for (let tries = 0; part.bytes < file.size; ) {
    const before = part.bytes;
    const fault = await receive(part, file, how);
    if (part.bytes > file.size) return;
    if (part.bytes === file.size) break;
    tries = part.bytes - before >= WORTHWHILE ? 1 : tries + 1;
    if (tries >= TRIES)
      throw new Refusal(
        `${name}: the line was cut ${TRIES} times (${fault}), at byte ${part.bytes} of ${file.size}: run again to go on from there`,
      );
    signal.throwIfAborted();
    await hub.pause(backoff(tries), fault);
  }
}

/** One connection: its bytes go to the part's end. @returns why it ended early */
async function receive(part: Part, file: RemoteFile, how: Download): Promise<string> {
  const response = await requestFrom(part.bytes, file, how);
  const length = lengthOf(response);
  if (length !== null && length !== file.size) {
    await response.body?.cancel();
    throw new Refusal(
      `${how.source.repo}: ${file.path}: wrong bytes (${length} of them, expected ${file.size}): run again later`,
    );
  }
  if (startOf(response) !== part.bytes) {
    how.onBytes(-part.bytes);
    Object.assign(part, { bytes: 0, hash: startHash(file) });
    await part.handle.truncate();
  }
  try {
    for await (const chunk of response.body ?? []) {
      await writeAt(part.handle, chunk, part.bytes);
      part.hash.update(chunk);
      part.bytes += chunk.length;
      how.onBytes(chunk.length);
      if (part.bytes > file.size) return 'too long';
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === 'write') throw error;
    return reasonOf(error as Error, how.signal);
  }
  return 'ended early';
}

/** A disk that fills takes a part of what it is given first. */
async function writeAt(handle: FileHandle, data: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < data.length; )
    done += (await handle.write(data, done, data.length - done, position + done)).bytesWritten;
}

function requestFrom(from: number, file: RemoteFile, how: Download): Promise<Response> {
  const { hub, source, signal } = how;
  const path = file.path.split('/').map(encodeURIComponent).join('/');
  const url = `${hub.endpoint}/${source.repo}/resolve/${source.revision}/${path}`;
  const range: Record<string, string> = from > 0 ? { range: `bytes=${from}-` } : {};
  const fetch = requester(hub, source, signal);
  return fetch(url, { headers: { 'accept-encoding': 'identity', ...range } });
}

/** Where an answer begins: a server need not know ranges. */
const startOf = ({ status, headers }: Response): number =>
  status === 206 ? Number(/^bytes (\d+)-/.exec(headers.get('content-range') ?? '')?.[1]) : 0;

/** Bytes of the whole file, where an answer tells. */
function lengthOf({ status, headers }: Response): number | null {
  const given = status === 206 ? headers.get('content-range') : headers.get('content-length');
  const length = /(?:^|\/)(\d+)$/.exec(given ?? '')?.[1];
  return length === undefined ? null : Number(length);
}

/** @throws where the bytes are not those that the hub has: they are removed */
function check({ bytes, hash }: Part, partial: string, file: RemoteFile, { repo }: Source): void {
  const found = hash.digest('hex');
  if (bytes === file.size && found === file.etag) return;
  rmSync(partial, { force: true });
  const what =
    bytes === file.size
      ? `hash ${found.slice(0, 12)}… of ${basename(file.path)}, expected ${file.etag.slice(0, 12)}…`
      : `more than its ${file.size} bytes`;
  throw new Refusal(`${repo}: ${file.path}: wrong bytes (${what}): removed; run again to fetch it`);
}
