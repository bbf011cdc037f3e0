import { saeQuality, saeQualityUses } from '../interp/sae-quality/sae-quality.ts';
import type { Quality } from '../interp/sae-quality/tally.ts';
import type { SaeSpec } from '../sae/sae.ts';
import { completions } from '../schema/completions.ts';
import { type PositionKind, saeQualityTable } from '../schema/sae-quality.ts';
import type { Row } from '../schema/table.ts';
import { TEMPLATES } from '../schema/templates.ts';
import { tokens } from '../schema/tokens.ts';
import type { Settings } from '../study/study.ts';
import { defineStage } from './define.ts';
import { listCounts, longestList } from './extent.ts';
import { groupByList, type ListRow, listsAtTemperature } from './lists-by-id.ts';
import { readerOf } from './reader.ts';

/**
 * Measure how well the SAEs reconstruct the activations of the study's own lists: L0, FVU, rise of the cross-entropy, loss
 * recovered. SAEs that the project trains have seen none of the study's topics.
 */
export const saeQualityStage = defineStage({
  name: '5-sae-quality',
  source: import.meta.url,
  settings: ['batchSize', 'sampling', 'saes'],
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
    const lists = measuredLists(await read(completions), study);
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

/**
 * The first list of each topic and template: a sample, as each SAE needs passes of its own for the spliced loss. Where the
 * study asks for one list of each topic, the templates take turns.
 */
function measuredLists(
  lists: readonly ListRow[],
  { sampling, saes }: Pick<Settings, 'sampling' | 'saes'>,
): ListRow[] {
  const first = TEMPLATES.flatMap((template) =>
    listsAtTemperature(lists, sampling.temperature, [template]).filter(
      (list) => list.replicate === 0,
    ),
  );
  if (saes.measuredOn !== 'topics') return first;
  const topics = [...new Set(first.map(({ topic }) => topic))];
  return topics.map((topic, i) => {
    const ofTopic = first.filter((list) => list.topic === topic);
    return ofTopic[i % ofTopic.length]!;
  });
}

const qualityRow = (
  sae: SaeSpec,
  quality: Quality,
  nDead: number,
): Row<typeof saeQualityTable> => ({
  sae_id: sae.id,
  hook: sae.outputHook,
  layer: sae.layer,
  position_kind: quality.kind as PositionKind,
  l0: quality.l0,
  fvu: finiteOrNull(quality.fvu),
  fvu_without_outliers: finiteOrNull(quality.fvuWithoutOutliers),
  relative_error: quality.relativeError,
  n_outliers: quality.nOutliers,
  cross_entropy: finiteOrNull(quality.crossEntropy),
  cross_entropy_rise: finiteOrNull(quality.rise),
  rise_of_zero: finiteOrNull(quality.riseOfZero),
  rise_of_mean: finiteOrNull(quality.riseOfMean),
  loss_recovered: finiteOrNull(quality.lossRecovered),
  loss_recovered_over_mean: finiteOrNull(quality.lossRecoveredOverMean),
  n: quality.n,
  n_dead: quality.kind === 'all' ? nDead : null,
  n_features: sae.dSae,
});

const finiteOrNull = (x: number): number | null => (Number.isFinite(x) ? x : null);
