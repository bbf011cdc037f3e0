import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { float32, type Tensor } from '../graph/tensor.ts';
import type { Family } from '../schema/sae-families.ts';
import { type ArrayFile, openArrays } from './array-file.ts';
import { chooseL0, hooksOf, l0Folder, type SaeRelease, saeFile } from './release.ts';
import { parseSaeId, type SaeFile, type SaeParams } from './sae.ts';
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
 * Open one SAE. Its shapes are read and checked now, its values when it is loaded.
 * @param l0 the average L0 in its file name; where left out, the canonical L0, or the only one in the folder
 * @throws one line with the file and the remedy: the file is missing or truncated, or a tensor is missing, has a shape
 *   that does not fit the others, or is not finite
 */
export async function openSae(folders: ReleaseFolders, id: string, l0?: string): Promise<SaeFile> {
  const { release } = folders;
  const { family, layer } = parseSaeId(id);
  const path = saePath(folders, id, l0);
  const file = await openArrays[release.format](path);
  const [hook, outputHook] = hooksOf(release, family, layer);
  const spec = { id, family, layer, hook, outputHook, ...sizesOf(release, path, file) };
  return {
    ...spec,
    load: async () => ({ ...spec, params: await readParams(release, path, file) }),
  };
}

/** The path of the file that `openSae` opens; the file may be missing. */
export function saePath({ release, dirs, width }: ReleaseFolders, id: string, l0?: string): string {
  const { family } = parseSaeId(id);
  const dir = dirs[family];
  if (dir === undefined)
    throw new Error(`SAE ${id}: no folder for ${family} SAEs: name one in the study`);
  const folder = join(dir, l0Folder(release, { id, width }));
  const names = l0 === undefined && existsSync(folder) ? readdirSync(folder) : [];
  const chosen = l0 ?? chooseL0(release, { id, width }, names, folder);
  return join(dir, saeFile(release, { id, width }, chosen));
}

async function readParams(
  { arrays }: SaeRelease,
  path: string,
  file: ArrayFile,
): Promise<SaeParams> {
  const get = await file.read();
  const read = (name: keyof SaeParams) => checked(`${path}: ${arrays[name]}`, get(arrays[name]));
  return {
    W_enc: read('W_enc'),
    b_enc: read('b_enc'),
    W_dec: read('W_dec'),
    b_dec: read('b_dec'),
    threshold: read('threshold'),
  };
}

/** @throws where a tensor is not float32, or a value is not finite */
function checked(what: string, { dtype, dims, data }: Tensor): Tensor<Float32Array> {
  if (!(data instanceof Float32Array))
    throw new Error(`${what} is ${dtype}, expected float32: ${REMEDY}`);
  const index = data.findIndex((value) => !Number.isFinite(value));
  if (index >= 0) throw new Error(`${what}: value ${index} is not finite: ${REMEDY}`);
  return float32(data, dims);
}
