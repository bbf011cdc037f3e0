import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type ListFileEntry, listFiles, modelInfo } from '@huggingface/hub';
import pLimit from 'p-limit';
import { shortageOf } from '../disk-space.ts';
import { linkBlobs, makeFolders, missingOf } from './cache.ts';
import { download, partialBytes, type RemoteFile } from './download.ts';
import type { Hub, Source } from './hub.ts';
import { Refusal, requester } from './request.ts';

/** Downloads that run in parallel. */
const CONCURRENCY = 4;

/** Report that `done` of `total` bytes have been received. */
export type Report = (done: number, total: number, unit: 'bytes') => void;

/**
 * The commit that a branch of a repository is at; a commit is returned as it is.
 * @throws {Refusal} one line: the hub's answer and the remedy
 */
export async function commitOf(hub: Hub, { repo, revision }: Source): Promise<string> {
  if (COMMIT.test(revision)) return revision;
  const fetch = requester(hub, { repo, revision }, { whole: true });
  const asked = { name: repo, revision, hubUrl: hub.endpoint, fetch };
  const { sha } = await modelInfo({ ...asked, additionalFields: ['sha'] }).catch((error) => {
    if (error instanceof Refusal) throw error;
    return { sha: '' };
  });
  if (COMMIT.test(sha)) return sha;
  throw new Refusal(
    `${repo}: ${hub.endpoint} does not say the commit of ${revision}: check HF_ENDPOINT`,
  );
}

const COMMIT = /^[0-9a-f]{40}$/;

/**
 * List the files of one folder of a repository, with its subfolders if `recursive`.
 * @throws {Refusal} one line: the hub's answer and the remedy
 */
export async function listRemote(
  hub: Hub,
  source: Source,
  folder: string,
  recursive = false,
): Promise<RemoteFile[]> {
  const fetch = boundPages(hub, source);
  const repository = { repo: source.repo, revision: source.revision, hubUrl: hub.endpoint, fetch };
  const files: RemoteFile[] = [];
  const path = folder === '' || folder === '.' ? {} : { path: folder };
  try {
    for await (const entry of listFiles({ ...repository, ...path, recursive }))
      if (entry.type === 'file') files.push(remoteFile(entry, source));
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(`${source.repo}: ${hub.endpoint} gives no list of files: check HF_ENDPOINT`);
  }
  return files;
}

/** Pages of a list of files, of a thousand files each on the hub. */
const MOST_PAGES = 200;

/** Requests for the pages of one list, which must end. @throws {Refusal} where a page leads to an earlier one, or there are too many */
function boundPages(hub: Hub, source: Source): typeof fetch {
  const fetch = requester(hub, source, { whole: true });
  const seen = new Set<string>();
  return (input, init) => {
    const url = String(input);
    if (seen.has(url) || seen.size === MOST_PAGES)
      throw new Refusal(
        `${source.repo}: ${hub.endpoint} gives a list of files that does not end (${seen.has(url) ? 'it leads back to a page that was read' : `${MOST_PAGES} pages were read`}): check HF_ENDPOINT`,
      );
    seen.add(url);
    return fetch(url, init);
  };
}

/**
 * Download files of a repository into the cache. Files that are in the cache are not fetched again, and a file appears
 * under its name only when it is complete and checked.
 * @throws {Refusal} one line: the hub's answer, a broken connection, wrong bytes, a cache that cannot be written, a full
 *   disk
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
    const toLink = files.filter(({ path }) => missing.has(path));
    const byContent = new Map(toLink.map((file) => [file.etag, file]));
    const absent = [...byContent.values()].filter(({ etag }) => !existsSync(join(blobs, etag)));
    checkSpace(blobs, absent, hub, source);
    await downloadAll({ hub, source, blobs }, absent, report);
    linkBlobs(hub, source, toLink);
  } catch (error) {
    throw diskFault(error as NodeJS.ErrnoException, hub, source);
  }
}

/**
 * Size and hash of files, by listing their folders.
 * @param optional further files, left out where they do not exist
 * @throws if one of `paths` does not exist
 */
export async function findRemote(
  hub: Hub,
  source: Source,
  paths: readonly string[],
  optional: readonly string[] = [],
): Promise<RemoteFile[]> {
  const folders = [...new Set([...paths, ...optional].map((path) => dirname(path)))];
  const limit = pLimit(CONCURRENCY);
  const lists = await limit.map(folders, (folder) => listRemote(hub, source, folder));
  const byPath = new Map(lists.flat().map((file) => [file.path, file]));
  const found = paths.map((path) => {
    const file = byPath.get(path);
    if (!file)
      throw new Refusal(
        `${source.repo}: no ${path} at revision ${source.revision}: check the study file`,
      );
    return file;
  });
  return [...found, ...optional.flatMap((path) => byPath.get(path) ?? [])];
}

/** @throws always: names the missing files of an offline run, and how to get them */
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

/** The repository of files, and the folder of their blobs in the cache. */
interface Destination {
  readonly hub: Hub;
  readonly source: Source;
  readonly blobs: string;
}

/** Download files in parallel. The first failure stops all of them. */
async function downloadAll(
  { hub, source, blobs }: Destination,
  files: readonly RemoteFile[],
  report: Report,
): Promise<void> {
  const total = sum(files.map((file) => remainingBytes(blobs, file)));
  const stop = new AbortController();
  const limit = pLimit(CONCURRENCY);
  let done = 0;
  const onBytes = (count: number) => {
    done += count;
    report(Math.max(done, 0), total, 'bytes');
  };
  const options = { hub, source, signal: stop.signal, onBytes };
  await limit.map(files, (file) =>
    download(file, join(blobs, file.etag), options).catch((reason) => stop.abort(reason)),
  );
  stop.signal.throwIfAborted();
}

const remainingBytes = (blobs: string, { etag, size }: RemoteFile): number =>
  Math.max(size - partialBytes(join(blobs, etag)), 0);

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

function checkSpace(
  blobs: string,
  files: readonly RemoteFile[],
  { cache }: Hub,
  { repo }: Source,
): void {
  const needed = sum(files.map((file) => remainingBytes(blobs, file)));
  const shortage = shortageOf(cache, `${repo} needs`, needed);
  if (shortage)
    throw new Refusal(`${shortage}: make room, or set HF_HOME to a folder of another disk`);
}

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Explain an error of a cache that cannot be written or of a full disk; other errors are returned unchanged. */
function diskFault(error: NodeJS.ErrnoException, { cache }: Hub, { repo }: Source): Error {
  const code = diskCode(error);
  if (code === undefined) return error;
  return FULL.has(code)
    ? new Refusal(
        `disk full: ${repo} did not fit into ${cache} (${code}): make room, or set HF_HOME to a folder of another disk; what came is kept, and gone on from`,
      )
    : new Refusal(
        `cannot write to the cache ${cache} (${code}): make it writable, or set HF_HOME to another folder`,
      );
}

/** The code of an error of the disk, or of the one that it was made from; a network's has none here. */
function diskCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && 'syscall' in error) return String(error.code);
  return diskCode(error.cause);
}
