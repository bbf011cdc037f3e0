import { upTo } from '../graph/graph-use.ts';
import { realisedGraph } from '../interp/cross-entropy.ts';
import { rowsThatFit } from '../interp/next-token.ts';
import { residualGraph, steeringHook } from '../interp/steering.ts';
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
import { longestAnswer, readTargets } from './8-ablate.ts';
import { costRows } from './baselines/costs.ts';
import { ablatedAnswers, answerOf, damageOf, damageRows, judgedArms } from './baselines/damage.ts';
import { damageEffectRows, effectRows } from './baselines/effects.ts';
import type { Setting } from './baselines/setting.ts';
import { type Variant, variantsOf } from './baselines/variants.ts';
import { readVectors, vectorRows } from './baselines/vectors.ts';
import { baselineOf, outcomeOf, type Written, writeVariants } from './baselines/write-variants.ts';
import { defineStage, listsOf, longestList, type Progress } from './stage.ts';

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
  config: [
    'model',
    'saes',
    'seed',
    'batchSize',
    'templates',
    'sampling',
    'attribution',
    'ablation',
    'baselines',
    'bootstrap',
  ],
  reads: [completions, items, ablations],
  writes: [
    baselines,
    baselineEffects,
    steeringVectorsTable,
    ablationDamage,
    ablationDamageEffects,
    baselineCosts,
  ],

  graphs: ({ study, provider, model, longest, lists }) => {
    const [T, list] = [longestList(longest), longestAnswer(study, longest)];
    const written = { prompt: longest.prompt, list };
    const steerAt = steeringHook(model.dims.nLayers - 1);
    const answer = list - longest.prompt;
    const logitBias = new Float32Array(model.dims.dVocab);
    const { all, ofOne } = listsOf(TEMPLATES, lists);
    const steered = ofOne * STEERING_METHODS.length * study.baselines.strengths.length;
    return [
      upTo(all, {
        name: 'residuals',
        graph: () => residualGraph(model),
        sizes: (B) => ({ B, T, N: Math.ceil((B * T) / 2) }),
      }),
      upTo(steered, generationUse(model, provider, written, { steerAt })),
      upTo(ofOne, generationUse(model, provider, written, { logitBias })),
      upTo(rowsThatFit(list, model.dims.dVocab), {
        name: 'cross-entropy',
        graph: () => realisedGraph(model),
        sizes: (B) => ({ B, T: list, N: B * answer }),
      }),
    ];
  },

  async run(context) {
    const { study, provider, read, write, progress } = context;
    const at = { study, provider, model: context.model(), tokenizer: context.tokenizer() };
    const targets = await readTargets(context);
    const lists = targets.map(({ list }) => list);
    const cells = await readVectors(at, targets, await read(completions), await read(items));
    const variants = cells.flatMap((cell) => variantsOf(at, cell));
    const written = [...targets.map(baselineOf), ...(await writeAll(at, variants, progress))];
    const ablated = await read(ablations, judgedArms(study.ablation));
    const answers = [...written.map(answerOf), ...ablatedAnswers(ablated, lists)];
    const damages = await damageOf(at, answers);
    const outcomes = written.map((list, i) => outcomeOf(list, damages[i]!, at));
    const damage = damageRows(ablated, damages.slice(written.length));
    write(
      baselines,
      outcomes.map(({ row }) => row),
    );
    write(baselineEffects, effectRows(outcomes, study));
    write(steeringVectorsTable, cells.flatMap(vectorRows));
    write(ablationDamage, damage);
    write(ablationDamageEffects, damageEffectRows(damage, lists, study));
    write(baselineCosts, costRows(at, cells, await context.saes()));
  },
});

async function writeAll(
  at: Setting,
  variants: readonly Variant[],
  progress: Progress,
): Promise<Written[]> {
  const written: Written[] = [];
  const groups = [...Map.groupBy(variants, together).values()];
  for (const [i, group] of groups.entries()) {
    written.push(...(await writeVariants(at, group)));
    progress(i + 1, groups.length, 'interventions');
  }
  return written;
}

/** What can share a session: one template's lists that are steered at one place, or written as they would be. */
function together({ intervention, targets }: Variant): unknown {
  const { steerAt, logitBias } = intervention;
  return logitBias ?? `${targets[0]!.list.template} ${steerAt}`;
}
