import { limitBatch } from '../graph/graph-use.ts';
import { crossEntropyUse } from '../interp/cross-entropy.ts';
import { residualUse, steeringHook } from '../interp/steering.ts';
import { atGenerationBatch, generationUse } from '../runtime/generation-memory.ts';
import { ablationDamage } from '../schema/ablation-damage.ts';
import { ablationDamageEffects } from '../schema/ablation-damage-effects.ts';
import { ablations } from '../schema/ablations.ts';
import { STEERING_METHODS } from '../schema/baseline-columns.ts';
import { baselineCosts } from '../schema/baseline-costs.ts';
import { baselineEffects } from '../schema/baseline-effects.ts';
import { baselines } from '../schema/baselines.ts';
import { completions } from '../schema/completions.ts';
import { items } from '../schema/items.ts';
import { steeringVectorsTable } from '../schema/steering-vectors.ts';
import { TEMPLATES } from '../schema/templates.ts';
import { longestEditedList, readTargets } from './ablate/target-lists.ts';
import { costRows } from './baselines/costs.ts';
import {
  ablatedAnswers,
  answerOf,
  crossEntropiesOf,
  damageRows,
  scoredAblations,
  scoredLists,
} from './baselines/damage.ts';
import { crossEntropiesByList, damageEffectRows, effectRows } from './baselines/effects.ts';
import { RESAMPLED, resampledOf } from './baselines/resampled.ts';
import { variantsOf } from './baselines/variants.ts';
import { readVectors, vectorRows } from './baselines/vectors.ts';
import {
  baselineOf,
  groupsOf,
  outcomeOf,
  type VariantGroup,
  writeVariants,
} from './baselines/write-variants.ts';
import { defineStage } from './define.ts';
import { listCounts, longestList, mostItems } from './extent.ts';
import { listsById } from './lists-by-id.ts';
import { readerOf } from './reader.ts';

/**
 * Baselines that use no SAE features, on the lists that `8-ablate` edits; all methods are scored alike.
 *
 * 1. Steering vectors at every layer: the qualifier's contrast at the end of the prompt, and at the end of each item.
 * 2. Write every list again on the noise of edited lists: steered, with stop tokens banned or made less likely, after a prompt with
 *    another qualifier or none. Only the prompt edits run on all lists; the rest on the first list of each topic.
 * 3. Score each answer, those of ablations included, by its cross-entropy under the unedited model and prompt.
 */
export const baselinesStage = defineStage({
  name: '9-baselines',
  source: import.meta.url,
  settings: [
    'seed',
    'batchSize',
    'templates',
    'sampling',
    'attribution',
    'ablation',
    'baselines',
    'bootstrap',
  ],
  needs: ['model', 'form', 'saes'],
  reads: [completions, items, ablations],
  writes: [
    baselines,
    baselineEffects,
    steeringVectorsTable,
    ablationDamage,
    ablationDamageEffects,
    baselineCosts,
  ],
  divided: 'interventions',

  graphs: ({ study, provider, model, uncounted, longest, lists }) => {
    const [tokens, list] = [longestList(longest), longestEditedList(study, longest, model)];
    const length = { prompt: longest.prompt, list };
    const steerAt = { hook: steeringHook(model.dims.nLayers - 1), from: uncounted };
    const logitBias = new Float32Array(model.dims.dVocab);
    const { all, largest } = listCounts(TEMPLATES, lists);
    const steered = largest * STEERING_METHODS.length * study.baselines.strengths.length;
    return [
      residualUse(model, { tokens, positions: mostItems(tokens), sequences: all }),
      atGenerationBatch(limitBatch(steered, generationUse(model, provider, length, { steerAt }))),
      atGenerationBatch(limitBatch(largest, generationUse(model, provider, length, { logitBias }))),
      crossEntropyUse(model, { tokens: list, completion: list - longest.prompt }),
    ];
  },

  async run(context) {
    const { study, form, saes, read, write, keep, divide, progress } = context;
    const setting = { study, reader: readerOf(context), form };
    const targets = await readTargets(context);
    const lists = targets.map(({ list }) => list);
    const rows = { lists: await read(completions), items: await read(items) };
    const cells = await readVectors(setting, targets, rows);
    const groups = groupsOf(cells.flatMap((cell) => variantsOf(setting, cell)));
    const writeGroups = (own: readonly VariantGroup[]) =>
      writeVariants(setting, own, { keep, progress });
    await divide(groups, writeGroups);
    const written = [...targets.map(baselineOf), ...(await writeGroups(groups))];
    const ablated = scoredLists(
      await read(ablations, scoredAblations(study.ablation)),
      lists,
      study,
    );
    const answers = [...written.map(answerOf), ...ablatedAnswers(ablated, lists)];
    const crossEntropies = await crossEntropiesOf(setting, answers, progress);
    const outcomes = written.map((list, i) => outcomeOf(list, crossEntropies[i]!, form));
    const damage = damageRows(ablated, crossEntropies.slice(written.length));
    write(
      baselines,
      outcomes.map(({ row }) => row),
    );
    const again = await read(ablations, RESAMPLED);
    const resampled = again.map((row) => resampledOf(row, listsById(lists), form));
    const unedited = { resampled, crossEntropies: crossEntropiesByList(damage) };
    write(baselineEffects, effectRows(outcomes, unedited, study));
    write(steeringVectorsTable, cells.flatMap(vectorRows));
    write(ablationDamage, damage);
    write(ablationDamageEffects, damageEffectRows(damage, lists, study));
    write(baselineCosts, costRows(setting, cells, saes));
  },
});
