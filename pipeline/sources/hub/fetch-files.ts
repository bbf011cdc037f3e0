import { existsSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type ListFileEntry, listFiles } from '@huggingface/hub';
import pLimit from 'p-limit';
import { link, makeFolders, missingOf } from './cache.ts';
import { download, partOf, type RemoteFile } from './download.ts';
import type { Hub, Source } from './hub.ts';
import { Refusal, requester } from './request.ts';

/** Files that come at once. */
const AT_ONCE = 4;

/** Report that `done` of `total` bytes have come. */
export type Report = (done: number, total: number, unit: 'bytes') => void;

/**
 * The files of one folder of a repository, those below it included where asked for.
 * @throws {Refusal} one line: the hub's answer and the remedy
 */
export async function listRemote(
  hub: Hub,
  source: Source,
  folder: string,
  recursive = false,
): Promise<RemoteFile[]> {
  const fetch = requester(hub, source);
  const at = { repo: source.repo, revision: source.revision, hubUrl: hub.endpoint, fetch };
  const files: RemoteFile[] = [];
  const path = folder === '' || folder === '.' ? {} : { path: folder };
  try {
    for await (const entry of listFiles({ ...at, ...path, recursive }))
      if (entry.type === 'file') files.push(remoteFile(entry, source));
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(`${source.repo}: ${hub.endpoint} gives no list of files: check HF_ENDPOINT`);
  }
  return files;
}

/**
 * Bring files of a repository into the cache. Nothing that is there is fetched again, and a file appears under its
 * name only when it is whole and checked.
 * @throws {Refusal} one line: the hub's answer, a cut line, wrong bytes, a cache that cannot be written, a full disk
 */
export async function fetchFiles(
  hub: Hub,
  source: Source,
  files: readonly RemoteFile[],
  report: Report,
): Promise<void> {
  try {
    const blobs = makeFolders(hub, source);
    const missing = new Set(
      missingOf(
        hub,
        source,
        files.map(({ path }) => path),
      ),
    );
    const wanted = files.filter(({ path }) => missing.has(path));
    const byContent = new Map(wanted.map((file) => [file.etag, file]));
    const absent = [...byContent.values()].filter(({ etag }) => !existsSync(join(blobs, etag)));
    checkSpace(blobs, absent, hub, source);
    await downloadAll({ hub, source, blobs }, absent, report);
    for (const { path, etag } of wanted) link(hub, source, path, join(blobs, etag));
  } catch (error) {
    throw diskFault(error as NodeJS.ErrnoException, hub, source);
  }
}

/** Look for files in the folders that they should be in. @throws where one is not there */
export async function findRemote(
  hub: Hub,
  source: Source,
  paths: readonly string[],
): Promise<RemoteFile[]> {
  const folders = [...new Set(paths.map((path) => dirname(path)))];
  const lists = await pLimit(AT_ONCE).map(folders, (folder) => listRemote(hub, source, folder));
  const found = new Map(lists.flat().map((file) => [file.path, file]));
  return paths.map((path) => {
    const file = found.get(path);
    if (!file)
      throw new Refusal(
        `${source.repo}: no ${path} at revision ${source.revision}: check the study file`,
      );
    return file;
  });
}

/** @throws what a run without a network lacks, and how to get it */
export function refuseOffline(source: Source, missing: readonly string[]): never {
  const [first] = missing;
  const more = missing.length > 1 ? ` and ${missing.length - 1} more` : '';
  throw new Refusal(
    `${source.repo}: ${first}${more} of revision ${source.revision} not in the cache, and HF_HUB_OFFLINE is set: unset it, or fetch with "hf download ${source.repo} --revision ${source.revision}"`,
  );
}

function remoteFile({ path, size, oid, lfs }: ListFileEntry, { repo }: Source): RemoteFile {
  const etag = lfs?.oid ?? oid ?? '';
  if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(etag) || path.split('/').includes('..'))
    throw new Refusal(`${repo}: ${path} is listed without its hash: check HF_ENDPOINT`);
  return { path, size: lfs?.size ?? size, etag };
}

/** Where files come from, and the folder of the cache that takes their bytes. */
interface Destination {
  readonly hub: Hub;
  readonly source: Source;
  readonly blobs: string;
}

/** One failure ends all; none goes on in the background. */
async function downloadAll(
  { hub, source, blobs }: Destination,
  files: readonly RemoteFile[],
  report: Report,
): Promise<void> {
  const total = sum(files.map((file) => rest(blobs, file)));
  const stop = new AbortController();
  const limit = pLimit(AT_ONCE);
  let done = 0;
  const onBytes = (count: number) => {
    done += count;
    report(Math.max(done, 0), total, 'bytes');
  };
  const how = { hub, source, signal: stop.signal, onBytes };
  await limit.map(files, (file) =>
    download(file, join(blobs, file.etag), how).catch((reason) => stop.abort(reason)),
  );
  stop.signal.throwIfAborted();
}

const rest = (blobs: string, { etag, size }: RemoteFile): number =>
  Math.max(size - partOf(join(blobs, etag)), 0);

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(bytes < 1e8 ? 3 : 1)} GB`;

function checkSpace(
  blobs: string,
  files: readonly RemoteFile[],
  { cache }: Hub,
  { repo }: Source,
): void {
  const { bavail, bsize } = statfsSync(blobs);
  const free = bavail * bsize;
  const needed = sum(files.map((file) => rest(blobs, file)));
  if (needed > free)
    throw new Refusal(
      `disk full: ${repo} needs ${gigabytes(needed)} in ${cache}, where ${gigabytes(free)} are free: make room, or set HF_HOME to a folder of another disk`,
    );
}

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Say what a folder that cannot be written, or a disk that fills, means; let other errors be. */
function diskFault(error: NodeJS.ErrnoException, { cache }: Hub, { repo }: Source): Error {
  if (error.code === undefined || error.syscall === undefined) return error;
  return FULL.has(error.code)
    ? new Refusal(
        `disk full: ${repo} did not fit into ${cache} (${error.code}): make room, or set HF_HOME to a folder of another disk; what came is kept, and gone on from`,
      )
    : new Refusal(
        `cannot write to the cache ${cache} (${error.code}): make it writable, or set HF_HOME to another folder`,
      );
}
