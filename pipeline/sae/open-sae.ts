import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readForeignJson } from '../schema/foreign-file.ts';
import type { Family } from '../schema/sae-families.ts';
import { type ArrayFile, openArrays } from './array-file.ts';
import { finiteArray } from './finite-array.ts';
import {
  type ArrayNames,
  chooseL0,
  familyLayout,
  firstListing,
  hooksOf,
  l0Folder,
  placesOf,
  type SaeKey,
  type SaeRelease,
  saeFile,
} from './release.ts';
import { parseSaeId, type SaeFile, type SaeParams, type SaeSpec } from './sae.ts';
import { REMEDY, sizesOf } from './sae-sizes.ts';

/** Local folders with the SAEs of one width of a release. */
export interface ReleaseFolders {
  readonly release: SaeRelease;
  /** The folder of each family. Families may share a folder. */
  readonly dirs: Readonly<Partial<Record<Family, string>>>;
  /** Number of features, as the release spells it: `16k`. */
  readonly width: string;
}

/**
 * Open one SAE. Its shapes and its config file, if there is one, are read and checked now, its values when it is loaded.
 * @param l0 the average L0 in its file name; where left out, the canonical L0, or the only one in the folder
 * @throws one line with the file and the remedy: the file is missing or truncated, or a tensor is missing, has a shape
 *   that does not fit the others, is not finite, or is not known; or the config file says something else
 */
export async function openSae(folders: ReleaseFolders, id: string, l0?: string): Promise<SaeFile> {
  const { release } = folders;
  const { family, layer } = parseSaeId(id);
  const path = saePath(folders, id, l0);
  const file = await openArrays[release.format](path);
  const [hook, outputHook] = hooksOf(release, family, layer);
  const { skip } = familyLayout(release, family);
  const arrays = { ...release.arrays, ...(skip !== undefined && { W_skip: skip }) };
  const spec = { id, family, layer, hook, outputHook, ...sizesOf(arrays, path, file) };
  checkConfig(release, path, spec);
  return {
    ...spec,
    load: async () => ({ ...spec, params: await readParams(arrays, path, file) }),
  };
}

/** The path of the file that `openSae` opens; the file may be missing. */
export function saePath({ release, dirs, width }: ReleaseFolders, id: string, l0?: string): string {
  const { family } = parseSaeId(id);
  const dir = dirs[family];
  if (dir === undefined)
    throw new Error(`SAE ${id}: no folder for ${family} SAEs: name one in the study`);
  const places = placesOf(release, { id, width });
  if (l0 !== undefined) {
    const paths = places.map((place) => join(dir, saeFile(release, place, l0)));
    return paths.find(existsSync) ?? paths[0]!;
  }
  const folderOf = (place: SaeKey) => join(dir, l0Folder(release, place));
  const listings = places.map((place) => ({ place, names: entriesOf(folderOf(place)) }));
  const { place, names } = firstListing(release, listings)!;
  return join(dir, saeFile(release, place, chooseL0(release, place, names, folderOf(place))));
}

const entriesOf = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

function checkConfig({ config }: SaeRelease, saePath: string, sae: SaeSpec): void {
  if (!config) return;
  const path = join(dirname(saePath), config.name);
  const content = existsSync(path) ? readForeignJson({ path, remedy: REMEDY }) : undefined;
  config.check(content, path, sae);
}

async function readParams(arrays: ArrayNames, path: string, file: ArrayFile): Promise<SaeParams> {
  const get = await file.read(Object.values(arrays));
  const readArray = (name: string) => finiteArray(`${path}: ${name}`, get(name));
  const read = (name: Exclude<keyof ArrayNames, 'W_skip'>) => readArray(arrays[name]);
  const skip = arrays.W_skip;
  return {
    W_enc: read('W_enc'),
    b_enc: read('b_enc'),
    W_dec: read('W_dec'),
    b_dec: read('b_dec'),
    threshold: read('threshold'),
    ...(skip !== undefined && file.headers.has(skip) && { W_skip: readArray(skip) }),
  };
}
