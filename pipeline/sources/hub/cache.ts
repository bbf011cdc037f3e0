import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { getRepoFolderName } from '@huggingface/hub';
import type { Hub, Source } from './hub.ts';

/**
 * The folder of a commit's files in the layout that the hub's clients share: `blobs/` by content, and
 * `snapshots/<commit>/` with a link for each file.
 * Source: huggingface_hub, "Understand caching".
 */
export const snapshotOf = (hub: Hub, { repo, revision }: Source): string =>
  join(repositoryOf(hub, repo), 'snapshots', revision);

/** Which of some files of a commit are not in the cache, or are links to what is gone. */
export const missingOf = (hub: Hub, source: Source, paths: readonly string[]): string[] =>
  paths.filter((path) => !existsSync(join(snapshotOf(hub, source), path)));

/** Make a repository's folders. @returns that of the blobs */
export function makeFolders(hub: Hub, source: Source): string {
  const repository = repositoryOf(hub, source.repo);
  for (const folder of ['blobs', 'refs', join('snapshots', source.revision)])
    makeFolder(join(repository, folder));
  return join(repository, 'blobs');
}

/** Show a blob as a file of a commit: a relative link, so that the cache can be moved. */
export function link(hub: Hub, source: Source, path: string, blob: string): void {
  const at = join(snapshotOf(hub, source), path);
  makeFolder(dirname(at));
  const partial = `${at}.${process.pid}.tmp`;
  rmSync(partial, { force: true });
  symlinkSync(relative(dirname(at), blob), partial);
  renameSync(partial, at);
}

/** `mkdirSync` with `recursive` says ENOENT where a disk is read-only. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

const repositoryOf = ({ cache }: Hub, repo: string): string =>
  join(cache, getRepoFolderName({ name: repo, type: 'model' }));
