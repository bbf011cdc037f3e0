import { readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { oneLine } from '../../../schema/one-line.ts';
import { readConfig, type SaeLensConfig } from './config.ts';
import { CONFIG, isSaeLens, lackingOf } from './open.ts';

/** SAEs lie so many folders deep at most: `repository/layer_0/width_16k/average_l0_105`. */
const DEEPEST = 4;
/** More folders than this are no folder of SAEs. */
const MOST_FOLDERS = 20_000;

/**
 * The folders with an SAE in SAELens' format: the folder itself, or folders within it. None where it holds others.
 * @throws one line where there are too many folders to look through
 */
export const saeLensFolders = (dir: string): string[] => foldersWhere(dir, isSaeLens);

/** What half an SAE lacks, to be said where one is missing: `; saes/res_3 lacks sae_weights.safetensors`; nothing where there is none. */
export function halfSaeLens(dir: string): string {
  const [half] = foldersWhere(dir, (folder) => lackingOf(folder) !== null);
  return half === undefined ? '' : `; ${half} lacks ${lackingOf(half)}`;
}

function foldersWhere(dir: string, is: (folder: string) => boolean): string[] {
  const found: string[] = [];
  const seen = new Set<string>();
  const visit = (folder: string, depth: number): void => {
    const real = realpathSync(folder);
    if (seen.has(real)) return;
    seen.add(real);
    if (seen.size > MOST_FOLDERS)
      throw new Error(`${dir}: more than ${MOST_FOLDERS} folders: name the folder of the SAEs`);
    if (is(folder)) found.push(folder);
    else if (depth < DEEPEST) for (const inner of foldersIn(folder)) visit(inner, depth + 1);
  };
  if (isFolder(dir)) visit(dir, 0);
  return found;
}

const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

const foldersIn = (folder: string): string[] =>
  readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
    .filter(isFolder);

/** Which SAEs of some folders are wanted. */
export interface Wanted {
  /** Family and layer of each. */
  readonly ids: readonly string[];
  /** Number of features. */
  readonly dSae: number;
}

/**
 * The configs of the wanted SAEs, by their ids: what an SAE is, its config says, and not the name of its folder. Where several
 * are the same, that in the folder called by the id is meant.
 * @param folders of `saeLensFolders(dir)`; those that are not wanted need not be supported
 * @throws one line that names the SAE, where there is none, or several
 */
export function chooseConfigs(
  dir: string,
  folders: readonly string[],
  { ids, dSae }: Wanted,
): Map<string, SaeLensConfig> {
  const { configs, refused } = readAll(folders);
  const ofWidth = configs.filter(({ spec }) => spec.dSae === dSae);
  return new Map(
    ids.map((id) => {
      const candidates = ofWidth.filter(({ spec }) => spec.id === id);
      const named = candidates.filter(({ path }) => basename(dirname(path)) === id);
      const [only, ...others] = named.length > 0 ? named : candidates;
      if (only && others.length === 0) return [id, only];
      const what = `${id} of ${dSae} features`;
      if (!only) throw new Error(noneMessage(dir, what, { configs, refused }));
      const paths = candidates.map(({ path }) => relative(dir, dirname(path)));
      throw new Error(
        oneLine(
          `${dir}: several SAEs are ${what} (${paths.join(', ')}): call the folder of one ${id}`,
        ),
      );
    }),
  );
}

interface Read {
  readonly configs: readonly SaeLensConfig[];
  /** Why others are not read, a line each. */
  readonly refused: readonly string[];
}

function readAll(folders: readonly string[]): Read {
  const configs: SaeLensConfig[] = [];
  const refused: string[] = [];
  for (const folder of folders)
    try {
      configs.push(readConfig(join(folder, CONFIG)));
    } catch (error) {
      refused.push((error as Error).message);
    }
  return { configs, refused };
}

/** Names at most so many SAEs that there are. */
const MOST_NAMED = 12;

function noneMessage(dir: string, what: string, { configs, refused }: Read): string {
  const [first, ...others] = refused;
  // The only SAE that there is, or one of several, is not supported: its line says more.
  if (first !== undefined && configs.length === 0) return first;
  const all = configs.map(({ spec }) => `${spec.id} of ${spec.dSae}`);
  const more = all.length > MOST_NAMED ? [`${all.length - MOST_NAMED} more`] : [];
  const has = [...all.slice(0, MOST_NAMED), ...more].join(', ');
  const unread =
    first === undefined ? '' : `; ${1 + others.length} not supported, such as ${first}`;
  return oneLine(
    `missing SAEs: ${dir} has no ${what} (has ${has}${unread}${halfSaeLens(dir)}): name others in the study`,
  );
}
