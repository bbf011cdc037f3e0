import { existsSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { getRepoFolderName } from '@huggingface/hub';
import { makeFolder } from '../../schema/make-folder.ts';
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

const repositoryFolder = ({ cache }: Hub, repo: string): string =>
  join(cache, getRepoFolderName({ name: repo, type: 'model' }));
