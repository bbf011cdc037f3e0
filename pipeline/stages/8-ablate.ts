import type { TableAccess } from '../engine/stage.ts';
import { limitBatch } from '../graph/graph-use.ts';
import { featureUse } from '../interp/active-features.ts';
import { editedMetricUse } from '../interp/measured-metric.ts';
import { deepestOfEachShape } from '../interp/sae-sessions.ts';
import { MAPPED_PROXY, tokenPairOf } from '../lists/proxies.ts';
import { atGenerationBatch, generationUse } from '../runtime/generation-memory.ts';
import { EDIT_ARMS, PROTOCOLS } from '../schema/ablation-columns.ts';
import { ablationEdits } from '../schema/ablation-edits.ts';
import { ablationEffects } from '../schema/ablation-effects.ts';
import { ablationMetric } from '../schema/ablation-metric.ts';
import { ablations } from '../schema/ablations.ts';
import { attributions } from '../schema/attributions.ts';
import { completions } from '../schema/completions.ts';
import { items } from '../schema/items.ts';
import { predictionQuality } from '../schema/prediction-quality.ts';
import { swapAttributions } from '../schema/swap-attributions.ts';
import { ablateSae } from './ablate/ablate-sae.ts';
import { mostRunsPerList, protocolsOf, resampledRuns } from './ablate/arms.ts';
import type { Candidates } from './ablate/choose-edits.ts';
import { CANDIDATES } from './ablate/edits.ts';
import { measureCleanMetrics } from './ablate/forced-metric.ts';
import { baselineOf } from './ablate/outcome.ts';
import { appendSae, startTables, writeTables } from './ablate/tables.ts';
import { longestEditedList, readTargets } from './ablate/target-lists.ts';
import { writeLists } from './ablate/write-lists.ts';
import { defineStage } from './define.ts';
import { listCounts, longestOf } from './extent.ts';
import { readerOf } from './reader.ts';

/**
 * Edit the features to which the end of each list is attributed, let the model write on, and compare with controls. Lists
 * that did not end have no such features and are left out.
 *
 * 1. Sample every list again with other noise and no edit: the variation due to sampling alone.
 * 2. For each SAE: measure how zeroing its most attributed features changes the metric of the unchanged list, and how
 *    setting the features of the qualifier to their values after the swapped prompt does, each beside as many random ones.
 * 3. On the list's own noise, write it again with each of these edits, with none, and with the activation replaced by the
 *    SAE's reconstruction. Where the study asks for more lists, write it with other noise too.
 */
export const ablateStage = defineStage({
  name: '8-ablate',
  source: import.meta.url,
  settings: ['seed', 'batchSize', 'templates', 'sampling', 'attribution', 'ablation', 'bootstrap'],
  needs: ['model', 'form', 'saes'],
  reads: [completions, items, attributions, swapAttributions],
  writes: [ablations, ablationEdits, ablationMetric, ablationEffects, predictionQuality],

  graphs: ({ study, provider, model, saes, longest, lists }) => {
    const tokens = longestOf(study.attribution.templates, longest);
    const length = { prompt: tokens, list: longestEditedList(study, longest) };
    const positions = 2 * PROTOCOLS.length * study.ablation.k;
    const { all, largest } = listCounts(study.attribution.templates, lists);
    const runs = PROTOCOLS.length * largest * mostRunsPerList(study.ablation);
    return deepestOfEachShape(saes).flatMap((sae) => [
      featureUse(model, sae, { tokens, positions, sequences: all }),
      editedMetricUse(model, sae, { tokens, sequences: EDIT_ARMS.length * PROTOCOLS.length * all }),
      atGenerationBatch(
        limitBatch(runs, generationUse(model, provider, length, { hook: sae.outputHook })),
      ),
    ]);
  },

  async run(context) {
    const { study, form, saes, read, write, keep, progress } = context;
    const pair = tokenPairOf(form.events, MAPPED_PROXY);
    const setting = { study, reader: readerOf(context), form, pair };
    const targets = await readTargets(context);
    const candidatesOf = await readCandidates(read);
    const baselines = protocolsOf(study.ablation).flatMap((protocol) =>
      targets.map((target) => baselineOf(target, protocol, form)),
    );
    const resampled = await keep('resampled', () =>
      writeLists(setting, resampledRuns(targets, study.ablation)),
    );
    const comparison = {
      unedited: { baselines, resampled },
      cleanMetrics: await measureCleanMetrics(setting, targets),
      settings: { ...study, k: study.ablation.k },
    };
    const out = startTables(comparison);
    for (const [i, sae] of saes.entries()) {
      const inputs = { ...comparison, targets, candidates: candidatesOf(sae.id) };
      const ablated = await keep(sae.id, async () => ablateSae(setting, await sae.load(), inputs));
      appendSae(out, sae.id, ablated, comparison);
      progress(i + 1, saes.length, 'SAEs');
    }
    writeTables(out, comparison, write);
  },
});

/** What the edited features of each SAE are chosen from. */
async function readCandidates(read: TableAccess['read']): Promise<(saeId: string) => Candidates> {
  const attributionsOf = Map.groupBy(await read(attributions, CANDIDATES), (row) => row.sae_id);
  const swapsOf = Map.groupBy(await read(swapAttributions), ({ sae_id }) => sae_id);
  return (saeId) => ({
    attributions: attributionsOf.get(saeId) ?? [],
    swaps: swapsOf.get(saeId) ?? [],
  });
}
