import {
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { getRepoFolderName } from '@huggingface/hub';
import { makeFolder } from '../../schema/make-folder.ts';
import { systemCode } from '../../schema/write-fault.ts';
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
    if (systemCode(error) === undefined) throw error;
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

/** A file of a commit, and the name of its blob. */
interface Linked {
  readonly path: string;
  readonly etag: string;
}

/**
 * Link blobs as files of a commit. Links are relative, so that the cache can be moved. On a disk without symbolic links,
 * such as exFAT, the snapshot has the file itself, as with the hub's own clients: as a second name of the blob, or in its
 * place where there are no such names, either.
 */
export function linkBlobs(hub: Hub, source: Source, files: readonly Linked[]): void {
  const moved = new Map<string, string>();
  for (const { path, etag } of files) {
    const target = join(snapshotOf(hub, source), path);
    makeFolder(dirname(target));
    const partial = `${target}.${process.pid}.tmp`;
    rmSync(partial, { force: true });
    const earlier = moved.get(etag);
    if (earlier !== undefined) copyFileSync(earlier, partial);
    else if (!link(blobOf(hub, source.repo, etag), partial)) moved.set(etag, target);
    renameSync(partial, target);
  }
}

/** @returns false where the blob was moved, because the disk has no links */
function link(blob: string, path: string): boolean {
  if (withLinks(() => symlinkSync(relative(dirname(path), blob), path))) return true;
  if (withLinks(() => linkSync(blob, path))) return true;
  renameSync(blob, path);
  return false;
}

/** What systems answer where a disk, or a user, may have no such link. */
const NO_LINKS = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP']);

function withLinks(create: () => void): boolean {
  try {
    create();
    return true;
  } catch (error) {
    if (NO_LINKS.has((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/** The files of a name in the snapshots of a repository: all there is on a disk without links. */
export function snapshotFiles(hub: Hub, repo: string, path: string): string[] {
  const snapshots = join(repositoryFolder(hub, repo), 'snapshots');
  const commits = existsSync(snapshots) ? readdirSync(snapshots) : [];
  return commits
    .map((commit) => join(snapshots, commit, path))
    .filter((file) => lstatSync(file, { throwIfNoEntry: false })?.isFile());
}

const repositoryFolder = ({ cache }: Hub, repo: string): string =>
  join(cache, getRepoFolderName({ name: repo, type: 'model' }));
