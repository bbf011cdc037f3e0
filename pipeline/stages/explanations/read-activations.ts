import { featureActivations } from '../../interp/feature-activations.ts';
import type { Reader } from '../../interp/reader.ts';
import type { SaeFile } from '../../sae/sae.ts';
import type { ChosenSae } from './chosen.ts';
import type { Described, SplitList } from './described.ts';
import type { Acts } from './rules.ts';

/** Activations of an SAE's chosen features, in their order. */
export type ActsOf = (saeId: string) => readonly Acts[];

/** The activations of all chosen features at all counted positions. */
export async function readActivations(
  reader: Reader,
  chosen: readonly ChosenSae<SaeFile>[],
  { lists, described: { n, starts } }: { lists: readonly SplitList[]; described: Described },
  onProgress: (done: number) => void,
): Promise<ActsOf> {
  const found = new Map(
    chosen.map(({ sae, features }) => [sae.id, features.map(() => new Float32Array(n))]),
  );
  const sequences = lists.map(({ list: { token_ids } }) => ({ ids: token_ids }));
  await featureActivations(reader, chosen, sequences, {
    onRow: ({ sae, sequence, acts }) => {
      const ofSae = found.get(sae.id)!;
      const [start, end] = [starts[sequence]!, starts[sequence + 1]!];
      const expected = (reader.uncounted + end - start) * ofSae.length;
      if (acts.length !== expected)
        throw new Error(
          `list ${lists[sequence]!.list.sample_id}: ${acts.length} activations, its tokens give ${expected}: run 1-generate again`,
        );
      ofSae.forEach((ofFeature, f) => {
        for (let position = start; position < end; position++) {
          const pos = position - start + reader.uncounted;
          ofFeature[position] = acts[pos * ofSae.length + f]!;
        }
      });
    },
    onProgress,
  });
  return (saeId) => found.get(saeId)!;
}
