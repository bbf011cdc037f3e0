import { limitBatch } from '../graph/graph-use.ts';
import { featureUse } from '../interp/active-features.ts';
import { editedMetricUse } from '../interp/measured-metric.ts';
import { deepestOfEachShape } from '../interp/sae-sessions.ts';
import { MAPPED_PROXY, tokenPairOf } from '../lists/proxies.ts';
import { atGenerationBatch, generationUse } from '../runtime/generation-memory.ts';
import { PROTOCOLS } from '../schema/ablation-columns.ts';
import { ablationEdits } from '../schema/ablation-edits.ts';
import { ablationEffects } from '../schema/ablation-effects.ts';
import { ablationMetric } from '../schema/ablation-metric.ts';
import { ablations } from '../schema/ablations.ts';
import { attributions } from '../schema/attributions.ts';
import { completions } from '../schema/completions.ts';
import { items } from '../schema/items.ts';
import { predictionQuality } from '../schema/prediction-quality.ts';
import { ablateSae } from './ablate/ablate-sae.ts';
import { mostRunsPerList, resampledRuns } from './ablate/arms.ts';
import { CANDIDATES } from './ablate/edits.ts';
import { effectRows, pooledEffectRows } from './ablate/effects.ts';
import { baselineOf, type Outcome } from './ablate/outcome.ts';
import { measureCleanMetrics } from './ablate/prediction.ts';
import { appendSae, startTables, writeTables } from './ablate/tables.ts';
import { longestEditedList, readTargets } from './ablate/target-lists.ts';
import { writeLists } from './ablate/write-lists.ts';
import { defineStage } from './define.ts';
import { listCounts, longestOf } from './extent.ts';
import { readerOf } from './reader.ts';

/**
 * Zero-ablate the features to which the end of each list is attributed, let the model write on, and compare with
 * controls. Lists that did not end have no such features and are left out.
 *
 * 1. Sample every list again with other noise and no edit: the variation due to sampling alone.
 * 2. For each SAE, on the list's own noise: no edit; its most attributed features zeroed; as many random active
 *    features zeroed; the activation replaced by the SAE's reconstruction.
 * 3. Compare the effect of zeroing on the metric with the effect that attribution predicts.
 */
export const ablateStage = defineStage({
  name: '8-ablate',
  source: import.meta.url,
  settings: ['seed', 'batchSize', 'sampling', 'attribution', 'ablation', 'bootstrap'],
  needs: ['model', 'form', 'saes'],
  reads: [completions, items, attributions],
  writes: [ablations, ablationEdits, ablationMetric, ablationEffects, predictionQuality],

  graphs: ({ study, provider, model, saes, longest, lists }) => {
    const tokens = longestOf(study.attribution.templates, longest);
    const length = { prompt: tokens, list: longestEditedList(study, longest) };
    const positions = PROTOCOLS.length * study.ablation.k;
    const { all, largest } = listCounts(study.attribution.templates, lists);
    const runs = PROTOCOLS.length * largest * mostRunsPerList(study.ablation);
    return deepestOfEachShape(saes).flatMap((sae) => [
      featureUse(model, sae, { tokens, positions, sequences: all }),
      editedMetricUse(model, sae, { tokens, sequences: PROTOCOLS.length * all }),
      atGenerationBatch(
        limitBatch(runs, generationUse(model, provider, length, { hook: sae.outputHook })),
      ),
    ]);
  },

  async run(context) {
    const { study, form, saes, read, write, progress } = context;
    const settings = { ...study, k: study.ablation.k };
    const pair = tokenPairOf(form.events, MAPPED_PROXY);
    const setting = { study, reader: readerOf(context), form, pair };
    const targets = await readTargets(context);
    const candidatesOf = Map.groupBy(await read(attributions, CANDIDATES), ({ sae_id }) => sae_id);
    const baselines = PROTOCOLS.flatMap((protocol) =>
      targets.map((target) => baselineOf(target, protocol, form)),
    );
    const out = startTables(baselines);
    const append = (outcomes: readonly Outcome[]) => {
      out.outcomes.push(...outcomes);
      out.effects.push(...effectRows(outcomes, baselines, settings));
    };
    append(await writeLists(setting, resampledRuns(targets, study.ablation.draws)));
    const cleanMetrics = await measureCleanMetrics(setting, targets);
    for (const [i, sae] of saes.entries()) {
      const inputs = { targets, candidates: candidatesOf.get(sae.id) ?? [], cleanMetrics };
      const ablated = await ablateSae(setting, await sae.load(), inputs);
      append(ablated.outcomes);
      appendSae(out, sae.id, ablated);
      progress(i + 1, saes.length, 'SAEs');
    }
    out.effects.push(...pooledEffectRows(out.outcomes, baselines, settings));
    writeTables(out, write);
  },
});
