import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { getRepoFolderName } from '@huggingface/hub';
import type { Hub, Source } from './hub.ts';

/**
 * The folder of a commit's files, in the cache layout of Hugging Face's clients: `blobs/` has the files by hash, and
 * `snapshots/<commit>/` a link for each file.
 * Source: huggingface_hub, "Understand caching".
 */
export const snapshotOf = (hub: Hub, { repo, revision }: Source): string =>
  join(repositoryFolder(hub, repo), 'snapshots', revision);

/** The given files of a commit that are not in the cache, or whose link is dangling. */
export const missingOf = (hub: Hub, source: Source, paths: readonly string[]): string[] =>
  paths.filter((path) => !existsSync(join(snapshotOf(hub, source), path)));

/** Whether a commit was found not to have a file; the hub's own clients note it in the same place. */
export const isKnownAbsent = (hub: Hub, source: Source, path: string): boolean =>
  existsSync(absenceOf(hub, source, path));

/** Note that a commit does not have a file. A cache that cannot be written is asked for it again. */
export function noteAbsent(hub: Hub, source: Source, path: string): void {
  const note = absenceOf(hub, source, path);
  if (existsSync(note)) return;
  try {
    makeFolder(dirname(note));
    writeFileSync(note, '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

const absenceOf = (hub: Hub, { repo, revision }: Source, path: string): string =>
  join(repositoryFolder(hub, repo), '.no_exist', revision, path);

/** The path of a file by the hash of its content, in the cache of its repository. */
export const blobOf = (hub: Hub, repo: string, etag: string): string =>
  join(repositoryFolder(hub, repo), 'blobs', etag);

/** Create a repository's folders. @returns the folder of the blobs */
export function makeFolders(hub: Hub, source: Source): string {
  const repository = repositoryFolder(hub, source.repo);
  for (const folder of ['blobs', 'refs', join('snapshots', source.revision)])
    makeFolder(join(repository, folder));
  return join(repository, 'blobs');
}

/** Link a blob as a file of a commit. The link is relative, so that the cache can be moved. */
export function linkBlob(hub: Hub, source: Source, path: string, blob: string): void {
  const linkPath = join(snapshotOf(hub, source), path);
  makeFolder(dirname(linkPath));
  const partial = `${linkPath}.${process.pid}.tmp`;
  rmSync(partial, { force: true });
  symlinkSync(relative(dirname(linkPath), blob), partial);
  renameSync(partial, linkPath);
}

/** Create a folder and its parents; `mkdirSync` with `recursive` would report ENOENT on a read-only disk. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

const repositoryFolder = ({ cache }: Hub, repo: string): string =>
  join(cache, getRepoFolderName({ name: repo, type: 'model' }));
