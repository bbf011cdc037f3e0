import { join } from 'node:path';
import { readNpz } from '../../pipeline/io/npz.ts';
import { hooksOf, type Sae, type SaeFile, type SaeParams } from '../../pipeline/sae/sae.ts';
import { type Golden, loadGolden, numbers } from '../golden.ts';

/** `sae_resid_L2_padded.npz` is of the residual stream of layer 2. */
function placeOf(file: string) {
  const [, kind, layer] = /^sae_(resid|z)_L(\d+)/.exec(file)!;
  return { family: kind === 'resid' ? 'res' : 'att', layer: Number(layer) } as const;
}

/** The SAE that a reference file is about; its id is the file's name. */
export async function goldenSae({ dir }: Golden, file: string): Promise<Sae & SaeFile> {
  const { family, layer } = placeOf(file);
  const npz = await readNpz(join(dir, file.replace(/_(padded|nopad)\.npz$/, ''), 'params.npz'));
  const [hook, outputHook] = hooksOf(family, layer);
  const params = Object.fromEntries(npz.names.map((name) => [name, npz.get(name)]));
  const [dIn, dSae] = npz.get('W_enc').dims as [number, number];
  const sizes = { dIn, dSae, dOut: dIn };
  return inMemory({
    ...{ id: file, family, layer, hook, outputHook, ...sizes },
    params: params as unknown as SaeParams,
  });
}

/** An SAE that needs no file. */
export const inMemory = (sae: Sae): Sae & SaeFile => ({ ...sae, load: async () => sae });

/** The token sequences of a model's reference run, without their padding, and how much of it each had. */
export async function goldenSequences(golden: Golden, kind: 'padded' | 'nopad') {
  const npz = await loadGolden(golden, `forward_${kind}.npz`);
  const [rows, length] = npz.get('input_ids').dims as [number, number];
  const [ids, mask] = ['input_ids', 'attention_mask'].map((name) => numbers(npz.get(name).data));
  const row = (of: readonly number[], i: number) => of.slice(i * length, (i + 1) * length);
  const pads = Array.from({ length: rows }, (_, i) => row(mask!, i).indexOf(1));
  return { length, pads, sequences: pads.map((pad, i) => row(ids!, i).slice(pad)) };
}
