import type { FileEntry } from './manifest.ts';

/** What the names of a stage's dependencies begin with in the manifest: `setting seed`, `content of model`, `table items`. */
export const SETTING = 'setting ';
export const CONTENT = 'content of ';
export const TABLE = 'table ';

/** What stands for the rows of an input table among a stage's dependencies. */
export const tablePart = (entry: Pick<FileEntry, 'sha256'> | undefined): string =>
  entry?.sha256.slice(0, 16) ?? 'none';
