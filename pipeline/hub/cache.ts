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
    mkdirSync(join(repository, folder), { recursive: true });
  return join(repository, 'blobs');
}

/** Show a blob as a file of a commit: a relative link, so that the cache can be moved. */
export function link(hub: Hub, source: Source, path: string, blob: string): void {
  const at = join(snapshotOf(hub, source), path);
  mkdirSync(dirname(at), { recursive: true });
  const partial = `${at}.${process.pid}.tmp`;
  rmSync(partial, { force: true });
  symlinkSync(relative(dirname(at), blob), partial);
  renameSync(partial, at);
}

const repositoryOf = ({ cache }: Hub, repo: string): string =>
  join(cache, getRepoFolderName({ name: repo, type: 'model' }));
