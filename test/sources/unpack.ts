import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { unpackGguf } from '../../pipeline/sources/gguf-model.ts';
import { tempDir } from '../temp.ts';
import { type GgufParts, goldenGguf, partsOf, writeGguf } from './formats/gguf/write-gguf.ts';

/** Unpack a GGUF file, without a word of its progress. */
export const unpack = (path: string, cache: string) => unpackGguf(path, cache, () => {});

/** A golden file with changes, unpacked. @returns the folder */
export function unpackChanged(
  t: TestContext,
  name: string,
  change: (parts: GgufParts) => void,
): string {
  const folder = tempDir(t);
  const parts = partsOf(goldenGguf(name));
  change(parts);
  return unpack(writeGguf(join(folder, 'changed.gguf'), parts), folder).dir;
}

/** A JSON file of a model's folder. */
export const readJson = (dir: string, file: string) =>
  JSON.parse(readFileSync(join(dir, file), 'utf8'));
