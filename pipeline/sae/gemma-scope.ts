import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Npz, readNpz } from '../io/npz.ts';
import { float32, type Tensor } from '../tensor.ts';
import { CANONICAL_L0 } from './canonical-l0.ts';
import { type Family, hooksOf, parseSaeId, type Sae, type SaeParams } from './sae.ts';

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
 * Read one SAE.
 * @param l0 the average L0 of its name; where left out, the canonical one, or the only one that is there
 * @throws one line that names the file and the remedy: not there, truncated, a tensor that is missing, of a shape
 *   that does not fit the others, or not finite
 */
export async function openGemmaScope(
  { dirs, width }: GemmaScopeFolders,
  id: string,
  l0?: number,
): Promise<Sae> {
  const { family, layer } = parseSaeId(id);
  const dir = dirs[family];
  if (dir === undefined) throw new Error(`SAE ${id}: no folder for ${family}: name one`);
  const at = join(dir, `layer_${layer}`, `width_${width}`);
  const path = join(at, `average_l0_${l0 ?? chooseL0(at, family, layer)}`, 'params.npz');
  const params = readParams(await readNpz(path));
  const [hook, outputHook] = hooksOf(family, layer);
  return { id, family, layer, hook, outputHook, dSae: params.b_enc.dims[0]!, params };
}

function chooseL0(at: string, family: Family, layer: number): number {
  const found = existsSync(at)
    ? readdirSync(at).flatMap((name) => /^average_l0_(\d+)$/.exec(name)?.[1] ?? [])
    : [];
  const canonical = CANONICAL_L0[family][layer];
  if (canonical !== undefined && found.includes(String(canonical))) return canonical;
  if (found.length === 1) return Number(found[0]);
  if (canonical === undefined || found.length > 1)
    throw new Error(`${at}: several SAEs (average_l0_${found.join(', ')}): name the L0 of one`);
  return canonical;
}

const REMEDY = 'fetch or train the SAE again';

function readParams(npz: Npz): SaeParams {
  const [dIn, dSae] = read(npz, 'W_enc', 2).dims as [number, number];
  const dOut = read(npz, 'W_dec', 2).dims[1]!;
  const shaped = (name: keyof SaeParams, dims: readonly number[]): Tensor<Float32Array> => {
    const tensor = read(npz, name, dims.length);
    if (tensor.dims.join() !== dims.join())
      throw new Error(
        `${npz.path}: ${name} has shape [${tensor.dims}], the others make it [${dims}]: ${REMEDY}`,
      );
    return tensor;
  };
  return {
    W_enc: shaped('W_enc', [dIn, dSae]),
    b_enc: shaped('b_enc', [dSae]),
    W_dec: shaped('W_dec', [dSae, dOut]),
    b_dec: shaped('b_dec', [dOut]),
    threshold: shaped('threshold', [dSae]),
  };
}

/** @throws where a tensor is missing, of another type or rank, or not finite */
function read(npz: Npz, name: keyof SaeParams, rank: number): Tensor<Float32Array> {
  const { dtype, dims, data } = npz.get(name);
  if (dtype !== 'float32' || dims.length !== rank)
    throw new Error(
      `${npz.path}: ${name} is ${dtype} [${dims}], expected float32 of ${rank} axes: ${REMEDY}`,
    );
  const at = (data as Float32Array).findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw new Error(`${npz.path}: ${name}: value ${at} is not finite: ${REMEDY}`);
  return float32(data as Float32Array, dims);
}
