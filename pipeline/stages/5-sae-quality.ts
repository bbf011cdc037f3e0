import { saeQuality, saeQualityUses } from '../interp/sae-quality/sae-quality.ts';
import type { Quality } from '../interp/sae-quality/tally.ts';
import type { SaeSpec } from '../sae/sae.ts';
import { completions } from '../schema/completions.ts';
import { type PositionKind, saeQualityTable } from '../schema/sae-quality.ts';
import type { Row } from '../schema/table.ts';
import { TEMPLATES } from '../schema/templates.ts';
import { tokens } from '../schema/tokens.ts';
import { defineStage } from './define.ts';
import { listCounts, longestList } from './extent.ts';
import { groupByList, type ListRow, listsAtTemperature } from './lists-by-id.ts';
import { readerOf } from './reader.ts';

/** Measure how well the SAEs reconstruct the activations of the study's own lists: L0, FVU, loss recovered. */
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
    const lists = firstLists(await read(completions), study.sampling.temperature);
    const tokensOf = groupByList(await read(tokens));
    const readings = lists.map(({ sample_id, token_ids }) => ({
      ids: token_ids,
      kinds: (tokensOf.get(sample_id) ?? []).map(({ kind }) =>
        kind === 'prompt' ? [kind] : [kind, 'answer'],
      ),
    }));
    const qualities = await saeQuality(readerOf(context), saes, readings, {
      onProgress: (done, total) => progress(done, total, 'SAEs'),
    });
    write(
      saeQualityTable,
      qualities.flatMap(({ sae, kinds, nDead }) =>
        kinds.map((quality) => qualityRow(sae, quality, nDead)),
      ),
    );
  },
});

/** The first list of each topic and template: a sample, as each SAE needs its own pass for the spliced loss. */
const firstLists = (lists: readonly ListRow[], temperature: number): ListRow[] =>
  TEMPLATES.flatMap((template) =>
    listsAtTemperature(lists, temperature, [template]).filter(({ replicate }) => replicate === 0),
  );

const qualityRow = (
  sae: SaeSpec,
  { kind, l0, fvu, lossRecovered, n }: Quality,
  nDead: number,
): Row<typeof saeQualityTable> => ({
  sae_id: sae.id,
  hook: sae.outputHook,
  layer: sae.layer,
  position_kind: kind as PositionKind,
  l0,
  fvu: finiteOrNull(fvu),
  loss_recovered: finiteOrNull(lossRecovered),
  n,
  n_dead: kind === 'all' ? nDead : null,
  n_features: sae.dSae,
});

const finiteOrNull = (x: number): number | null => (Number.isFinite(x) ? x : null);
