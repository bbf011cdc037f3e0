import { ablationEffects } from '../schema/ablation-effects.ts';
import { completions } from '../schema/completions.ts';
import { items } from '../schema/items.ts';
import { ablationCounts } from '../schema/released/ablation-counts.ts';
import { ablations } from '../schema/released/ablations.ts';
import { ABLATION_FILES } from '../sources/released/files.ts';
import { readTexts } from '../sources/released/read.ts';
import { adjustEffects, effectRows, pooledEffectRows } from './ablate/effects.ts';
import { defineStage } from './define.ts';
import { lastItemByList, listsAtTemperature } from './lists-by-id.ts';
import { countRows } from './released/ablation-counts.ts';
import { type AblatedPair, baselineOutcome, pairAblated } from './released/ablation-pairs.ts';

/**
 * Compare the released ablated lists with the lists from which they were made: effects as in any other study, and the
 * sums from which the author's tables were made. The release has no lists rewritten without an ablation.
 */
export const releasedAblationsStage = defineStage({
  name: 'released-ablations',
  source: import.meta.url,
  settings: ['released', 'seed', 'bootstrap'],
  needs: ['form', 'released'],
  reads: [completions, items],
  writes: [ablations, ablationEffects, ablationCounts],

  async run({ study, form, released, read, write, progress }) {
    const { temperature, k } = study.released;
    const lists = listsAtTemperature(await read(completions), temperature, ['short']);
    const lastItems = lastItemByList(await read(items));
    const baselines = lists.map((list) => baselineOutcome(list, form));
    const pairs: AblatedPair[] = [];
    for (const [i, { saeId, file }] of ABLATION_FILES.entries()) {
      const texts = readTexts(released.path(file));
      pairs.push(...pairAblated({ file, saeId, k, texts }, { baselines, lastItems }, form));
      progress(i + 1, ABLATION_FILES.length, 'files');
    }
    const outcomes = pairs.map(({ outcome }) => outcome);
    const unedited = { baselines, resampled: [] };
    const settings = { ...study, k };
    write(
      ablations,
      [...baselines, ...outcomes].map(({ row }) => row),
    );
    const effects = effectRows(outcomes, unedited, settings);
    const pooled = pooledEffectRows(outcomes, unedited, settings);
    write(ablationEffects, adjustEffects([...effects, ...pooled]));
    write(ablationCounts, countRows(pairs));
  },
});
