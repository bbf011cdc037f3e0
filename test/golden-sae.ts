import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { hooksOf } from '../pipeline/sae/release.ts';
import { GEMMA_SCOPE } from '../pipeline/sae/releases/gemma-scope.ts';
import type { Sae, SaeFile, SaeParams } from '../pipeline/sae/sae.ts';
import { type Npz, readNpz } from '../pipeline/sources/formats/npz.ts';
import { type Golden, numbers } from './golden.ts';

/** The SAE of a file of reference numbers; what it reads, the manifest says. */
export async function goldenSae(golden: Golden, file: string): Promise<Sae & SaeFile> {
  const { family, layer } = siteOf(golden, file);
  const npz = await readNpz(join(golden.dir, paramsOf(golden, file)));
  const [hook, outputHook] = hooksOf(GEMMA_SCOPE, family, layer);
  const params = Object.fromEntries(npz.names.map((name) => [name, npz.get(name)]));
  const [dIn, dSae] = npz.get('W_enc').dims as [number, number];
  const spec = { id: file, family, layer, hook, outputHook, dIn, dSae, dOut: dIn };
  return inMemory({ ...spec, params: params as unknown as SaeParams });
}

/** `SAE input = resid_post[layer 2] of …` is of the residual stream, `z[layer 1]` of the heads' outputs. */
export function siteOf({ manifest }: Golden, file: string) {
  const [, site, layer] = /(resid_post|z)\[layer (\d+)\]/.exec(manifest.files[file]!.x!.desc)!;
  return { family: site === 'z' ? 'att' : 'res', layer: Number(layer) } as const;
}

/** The file with the weights of a file's SAE: in the folder that begins the file's name. */
export function paramsOf({ name, manifest }: Golden, file: string): string {
  const all = Object.keys(manifest.files).filter((each) => 'W_enc' in manifest.files[each]!);
  const found = all.find((each) => file.startsWith(dirname(each)));
  assert.ok(found, `no weights for ${name}/${file}`);
  return found;
}

/** An SAE that needs no file. */
export const inMemory = (sae: Sae): Sae & SaeFile => ({ ...sae, load: async () => sae });

/** Rows of a left-padded block without their padding, with how much of it each had. */
export function goldenSequences(forward: Npz): { ids: number[]; pad: number }[] {
  const [rows, length] = forward.get('input_ids').dims as [number, number];
  const ids = numbers(forward.get('input_ids').data);
  const mask = numbers(forward.get('attention_mask').data);
  return Array.from({ length: rows }, (_, row) => {
    const pad = mask.slice(row * length, (row + 1) * length).indexOf(1);
    return { ids: ids.slice(row * length + pad, (row + 1) * length), pad };
  });
}

/** The five pairs that a file ablates in each row; `scale` multiplies what is taken away. */
export function goldenPairs(sae: Npz, forward: Npz, scale = 1) {
  const pairs = numbers(sae.get('top5_pos_feat').data);
  const acts = numbers(sae.get('acts').data);
  const [, length, dSae] = sae.get('acts').dims as [number, number, number];
  return goldenSequences(forward).map(({ pad }, row) =>
    Array.from({ length: 5 }, (_, rank) => {
      const [column, feature] = pairs.slice((row * 5 + rank) * 2) as [number, number];
      const featureAct = acts[(row * length + column) * dSae + feature]! * scale;
      return { pos: column - pad, feature, featureAct };
    }),
  );
}
