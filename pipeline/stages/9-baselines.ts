import type { Progress } from '../engine/progress.ts';
import { upTo } from '../graph/graph-use.ts';
import { crossEntropyUse } from '../interp/cross-entropy.ts';
import { residualUse, steeringHook } from '../interp/steering.ts';
import { generationUse } from '../runtime/generation-memory.ts';
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
import { longestAnswer, readTargets } from './ablate/target-lists.ts';
import { costRows } from './baselines/costs.ts';
import { ablatedAnswers, answerOf, damageOf, damageRows, judgedArms } from './baselines/damage.ts';
import { damageEffectRows, effectRows } from './baselines/effects.ts';
import type { Setting } from './baselines/setting.ts';
import { type Variant, variantsOf } from './baselines/variants.ts';
import { readVectors, vectorRows } from './baselines/vectors.ts';
import { baselineOf, outcomeOf, type Written, writeVariants } from './baselines/write-variants.ts';
import { defineStage } from './define.ts';
import { listCounts, longestList } from './extent.ts';
import { readerOf } from './reader.ts';

/**
 * Do to the lists that 8-ablate edits what one would do without features, and judge all of them alike.
 *
 * 1. Steering vectors, at every layer: what the qualifier changes where the prompt ends, and where items end.
 * 2. Every list is written again on its own noise: steered, with tokens banned or made less likely, after a prompt
 *    with another qualifier or none. All but the last two are tried on the first list of each topic.
 * 3. The model as it is judges each answer, those of ablations also, as one to the list's own prompt.
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

  graphs: ({ study, provider, model, uncounted, longest, lists }) => {
    const [tokens, list] = [longestList(longest), longestAnswer(study, longest)];
    const written = { prompt: longest.prompt, list };
    const steerAt = { hook: steeringHook(model.dims.nLayers - 1), from: uncounted };
    const logitBias = new Float32Array(model.dims.dVocab);
    const { all, largest } = listCounts(TEMPLATES, lists);
    const steered = largest * STEERING_METHODS.length * study.baselines.strengths.length;
    return [
      // An item is two tokens at least, and is read at one position.
      residualUse(model, { tokens, positions: tokens / 2, sequences: all }),
      upTo(steered, generationUse(model, provider, written, { steerAt })),
      upTo(largest, generationUse(model, provider, written, { logitBias })),
      crossEntropyUse(model, { tokens: list, completion: list - longest.prompt }),
    ];
  },

  async run(context) {
    const { study, form, saes, read, write, progress } = context;
    const setting = { study, reader: readerOf(context), form };
    const targets = await readTargets(context);
    const lists = targets.map(({ list }) => list);
    const cells = await readVectors(setting, targets, {
      lists: await read(completions),
      items: await read(items),
    });
    const variants = cells.flatMap((cell) => variantsOf(setting, cell));
    const written = [...targets.map(baselineOf), ...(await writeAll(setting, variants, progress))];
    const ablated = await read(ablations, judgedArms(study.ablation));
    const answers = [...written.map(answerOf), ...ablatedAnswers(ablated, lists)];
    const damages = await damageOf(setting, answers);
    const outcomes = written.map((list, i) => outcomeOf(list, damages[i]!, form));
    const damage = damageRows(ablated, damages.slice(written.length));
    write(
      baselines,
      outcomes.map(({ row }) => row),
    );
    write(baselineEffects, effectRows(outcomes, study));
    write(steeringVectorsTable, cells.flatMap(vectorRows));
    write(ablationDamage, damage);
    write(ablationDamageEffects, damageEffectRows(damage, lists, study));
    write(baselineCosts, costRows(setting, cells, saes));
  },
});

async function writeAll(
  setting: Setting,
  variants: readonly Variant[],
  progress: Progress,
): Promise<Written[]> {
  const written: Written[] = [];
  const groups = [...Map.groupBy(variants, together).values()];
  for (const [i, group] of groups.entries()) {
    written.push(...(await writeVariants(setting, group)));
    progress(i + 1, groups.length, 'interventions');
  }
  return written;
}

/** What can share a session: one template's lists that are steered at one place, or written as they would be. */
function together({ intervention, targets }: Variant): unknown {
  const { steerAt, logitBias } = intervention;
  return logitBias ?? `${targets[0]!.list.template} ${steerAt?.hook}`;
}
