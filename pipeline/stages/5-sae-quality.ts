import { upTo } from '../graph/graph-use.ts';
import { coderGraph, patchedGraph, type Quality, saeQuality } from '../interp/sae-quality.ts';
import { completions } from '../schema/completions.ts';
import { type PositionKind, saeQualityTable } from '../schema/sae-quality.ts';
import type { Row } from '../schema/table.ts';
import { TEMPLATES } from '../schema/templates.ts';
import { tokens } from '../schema/tokens.ts';
import { defineStage, listsOf, longestList, shapesOf } from './stage.ts';

/** See how well the SAEs stand for the activations that they are used on: those of the study's own lists. */
export const saeQualityStage = defineStage({
  name: '5-sae-quality',
  source: import.meta.url,
  config: ['model', 'saes', 'batchSize', 'sampling'],
  reads: [completions, tokens],
  writes: [saeQualityTable],

  graphs: ({ model, saes, longest, lists }) => {
    const sizes = (B: number) => ({ B, T: longestList(longest) });
    const uses = [
      { name: 'model', graph: () => patchedGraph(model, saes), sizes },
      ...shapesOf(saes).map((sae) => ({ name: sae.id, graph: () => coderGraph(sae), sizes })),
    ];
    return uses.map((use) => upTo(listsOf(TEMPLATES, lists).all, use));
  },

  async run({ study, provider, model, saes, read, write, progress }) {
    const lists = chooseLists(await read(completions), study.sampling.temperature);
    const kindsOf = Map.groupBy(await read(tokens), ({ sample_id }) => sample_id);
    const readings = lists.map(({ sample_id, token_ids }) => ({
      ids: token_ids,
      kinds: (kindsOf.get(sample_id) ?? []).map(({ kind }) =>
        kind === 'prompt' ? [kind] : [kind, 'answer'],
      ),
    }));
    const found = await saeQuality(model(), await saes(), readings, {
      provider,
      batchSize: study.batchSize,
      onProgress: (done, total) => progress(done, total, 'SAEs'),
    });
    write(
      saeQualityTable,
      found.flatMap(({ sae, kinds, nDead }) =>
        kinds.map(
          (quality): QualityRow => ({
            sae_id: sae.id,
            hook: sae.outputHook,
            layer: sae.layer,
            ...numbersOf(quality),
            n_dead: quality.kind === 'all' ? nDead : null,
            n_features: sae.dSae,
          }),
        ),
      ),
    );
  },
});

type QualityRow = Row<typeof saeQualityTable>;

/** The first list of each topic and template: tokens enough, and the clean loss is needed once an SAE. */
const chooseLists = (lists: readonly Row<typeof completions>[], temperature: number) =>
  TEMPLATES.flatMap((template) =>
    lists.filter(
      (list) =>
        list.template === template && list.temperature === temperature && list.replicate === 0,
    ),
  );

const numbersOf = ({ kind, l0, fvu, lossRecovered, n }: Quality) => ({
  position_kind: kind as PositionKind,
  l0,
  fvu: Number.isFinite(fvu) ? fvu : null,
  loss_recovered: Number.isFinite(lossRecovered) ? lossRecovered : null,
  n,
});
