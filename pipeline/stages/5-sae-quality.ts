import { saeQuality, saeQualityUses } from '../interp/sae-quality/sae-quality.ts';
import type { Quality } from '../interp/sae-quality/tally.ts';
import { completions } from '../schema/completions.ts';
import { type PositionKind, saeQualityTable } from '../schema/sae-quality.ts';
import type { Row } from '../schema/table.ts';
import { TEMPLATES } from '../schema/templates.ts';
import { tokens } from '../schema/tokens.ts';
import { defineStage } from './define.ts';
import { listCounts, longestList } from './extent.ts';
import { byList, type ListRow, listsAt } from './lists-by-id.ts';
import { readerOf } from './reader.ts';

/** See how well the SAEs stand for the activations that they are used on: those of the study's own lists. */
export const saeQualityStage = defineStage({
  name: '5-sae-quality',
  source: import.meta.url,
  settings: ['batchSize', 'sampling'],
  needs: ['model', 'saes'],
  reads: [completions, tokens],
  writes: [saeQualityTable],

  graphs: ({ model, saes, longest, lists }) =>
    saeQualityUses(model, saes, {
      tokens: longestList(longest),
      sequences: listCounts(TEMPLATES, lists).all,
    }),

  async run(context) {
    const { study, saes, read, write, progress } = context;
    const lists = chooseLists(await read(completions), study.sampling.temperature);
    const kindsOf = byList(await read(tokens));
    const readings = lists.map(({ sample_id, token_ids }) => ({
      ids: token_ids,
      kinds: (kindsOf.get(sample_id) ?? []).map(({ kind }) =>
        kind === 'prompt' ? [kind] : [kind, 'answer'],
      ),
    }));
    const found = await saeQuality(readerOf(context), saes, readings, {
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
const chooseLists = (lists: readonly ListRow[], temperature: number): ListRow[] =>
  TEMPLATES.flatMap((template) =>
    listsAt(lists, temperature, [template]).filter(({ replicate }) => replicate === 0),
  );

const numbersOf = ({ kind, l0, fvu, lossRecovered, n }: Quality) => ({
  position_kind: kind as PositionKind,
  l0,
  fvu: Number.isFinite(fvu) ? fvu : null,
  loss_recovered: Number.isFinite(lossRecovered) ? lossRecovered : null,
  n,
});
