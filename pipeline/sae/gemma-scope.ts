import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { float32, type Tensor } from '../graph/tensor.ts';
import type { Family } from '../schema/sae-families.ts';
import { type Npz, readNpz, readNpzShapes } from '../sources/formats/npz.ts';
import { CANONICAL_L0 } from './canonical-l0.ts';
import { hooksOf, parseSaeId, type SaeFile, type SaeParams, type SaeSpec } from './sae.ts';

/** What the hub's repository, or the folder, of each family is called. */
export const FAMILY_DIRS: Readonly<Record<Family, string>> = {
  res: 'res',
  att: 'att',
  mlp: 'mlp',
  tc: 'transcoders',
};

/** A folder of SAEs in the hub's layout, by family: `layer_N/width_16k/average_l0_X/params.npz`. */
export interface GemmaScopeFolders {
  /** The folder of each family; families share one where their repositories were not kept apart. */
  readonly dirs: Readonly<Partial<Record<Family, string>>>;
  /** Features, as the folder is called: `16k`. */
  readonly width: string;
}

/**
 * Find one SAE. Its shapes are read and checked against each other; its values when it is loaded.
 * @param l0 the average L0 of its name; where left out, the canonical one, or the only one that is there
 * @throws one line that names the file and the remedy: not there, truncated, a tensor that is missing, of a shape
 *   that does not fit the others, or not finite
 */
export async function openGemmaScope(
  { dirs, width }: GemmaScopeFolders,
  id: string,
  l0?: number,
): Promise<SaeFile> {
  const { family, layer } = parseSaeId(id);
  const path = gemmaScopePath({ dirs, width }, id, l0);
  const shapes = await readNpzShapes(path);
  const [hook, outputHook] = hooksOf(family, layer);
  const spec = { id, family, layer, hook, outputHook, ...sizesOf(path, shapes) };
  return { ...spec, load: async () => ({ ...spec, params: readParams(await readNpz(path)) }) };
}

/** Where an SAE lies in a family's folder, or in its repository. */
export const saeFile = (id: string, width: string, l0: number): string =>
  `${widthFolder(id, width)}/average_l0_${l0}/params.npz`;

/** The folder of all SAEs of one width at an SAE's place. */
export const widthFolder = (id: string, width: string): string =>
  `layer_${parseSaeId(id).layer}/width_${width}`;

/** The file that `openGemmaScope` takes, whether it is there or not. */
export function gemmaScopePath(
  { dirs, width }: GemmaScopeFolders,
  id: string,
  l0?: number,
): string {
  const { family } = parseSaeId(id);
  const dir = dirs[family];
  if (dir === undefined) throw new Error(`SAE ${id}: no folder for ${family}: name one`);
  const at = join(dir, widthFolder(id, width));
  const names = l0 === undefined && existsSync(at) ? readdirSync(at) : [];
  return join(dir, saeFile(id, width, l0 ?? chooseL0(id, names, at)));
}

/**
 * The canonical L0 of an SAE, or the only one that is there.
 * @param names of folders such as `average_l0_71`
 * @throws where neither decides
 */
export function chooseL0(id: string, names: readonly string[], at: string): number {
  const { family, layer } = parseSaeId(id);
  const found = names.flatMap((name) => /^average_l0_(\d+)$/.exec(name)?.[1] ?? []);
  const canonical = CANONICAL_L0[family][layer];
  if (canonical !== undefined && found.includes(String(canonical))) return canonical;
  if (found.length === 1) return Number(found[0]);
  if (canonical === undefined || found.length > 1)
    throw new Error(`${at}: several SAEs (average_l0_${found.join(', ')}): name the L0 of one`);
  return canonical;
}

const REMEDY = 'fetch or train the SAE again';

const NAMES = ['W_enc', 'b_enc', 'W_dec', 'b_dec', 'threshold'] as const;

/** @throws where a tensor is missing, or its shape does not fit the others */
function sizesOf(
  path: string,
  shapes: ReadonlyMap<string, readonly number[]>,
): Pick<SaeSpec, 'dIn' | 'dSae' | 'dOut'> {
  const missing = NAMES.find((name) => !shapes.has(name));
  if (missing !== undefined)
    throw new Error(
      `missing array: ${missing} in ${path} (has ${[...shapes.keys()].join(' ')}): ${REMEDY}`,
    );
  const matrix = (name: 'W_enc' | 'W_dec'): readonly number[] => {
    const shape = shapes.get(name)!;
    if (shape.length !== 2)
      throw new Error(`${path}: ${name} has shape [${shape}], expected 2 axes: ${REMEDY}`);
    return shape;
  };
  const [dIn, dSae] = matrix('W_enc') as [number, number];
  const dOut = matrix('W_dec')[1]!;
  const expected = {
    W_enc: [dIn, dSae],
    b_enc: [dSae],
    W_dec: [dSae, dOut],
    b_dec: [dOut],
    threshold: [dSae],
  };
  for (const name of NAMES)
    if (shapes.get(name)!.join() !== expected[name].join())
      throw new Error(
        `${path}: ${name} has shape [${shapes.get(name)}], the others make it [${expected[name]}]: ${REMEDY}`,
      );
  return { dIn, dSae, dOut };
}

const readParams = (npz: Npz): SaeParams =>
  Object.fromEntries(NAMES.map((name) => [name, read(npz, name)])) as unknown as SaeParams;

/** @throws where a tensor is of another type, or not finite */
function read(npz: Npz, name: keyof SaeParams): Tensor<Float32Array> {
  const { dtype, dims, data } = npz.get(name);
  if (dtype !== 'float32')
    throw new Error(`${npz.path}: ${name} is ${dtype}, expected float32: ${REMEDY}`);
  const at = (data as Float32Array).findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw new Error(`${npz.path}: ${name}: value ${at} is not finite: ${REMEDY}`);
  return float32(data as Float32Array, dims);
}
