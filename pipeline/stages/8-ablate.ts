import type { TableAccess } from '../engine/stage.ts';
import { limitBatch } from '../graph/graph-use.ts';
import { featureUse } from '../interp/active-features.ts';
import { editedMetricUses } from '../interp/measured-metric.ts';
import { deepestOfEachShape } from '../interp/sae-sessions.ts';
import { mappedPair } from '../lists/proxies.ts';
import { atGenerationBatch, generationUse } from '../runtime/generation-memory.ts';
import type { SaeFile, SaeSpec } from '../sae/sae.ts';
import { PROTOCOLS } from '../schema/ablation-columns.ts';
import { ablationContrasts } from '../schema/ablation-contrasts.ts';
import { ablationEdits } from '../schema/ablation-edits.ts';
import { ablationEffects } from '../schema/ablation-effects.ts';
import { ablationMetric } from '../schema/ablation-metric.ts';
import { ablations } from '../schema/ablations.ts';
import { activeFeatures } from '../schema/active-features.ts';
import { completions } from '../schema/completions.ts';
import { items } from '../schema/items.ts';
import { predictionQuality } from '../schema/prediction-quality.ts';
import type { Settings } from '../study/study.ts';
import { ablateSae } from './ablate/ablate-sae.ts';
import { mostRunsPerList, resampledRuns } from './ablate/arms.ts';
import { protocolsOf } from './ablate/conditions.ts';
import { measureCleanMetrics } from './ablate/forced-metric.ts';
import { baselineOf } from './ablate/outcome.ts';
import { type PoolOf, poolsOf } from './ablate/pools.ts';
import { appendSae, startEffects, startTables, writeTables } from './ablate/tables.ts';
import { longestEditedList, readTargets } from './ablate/target-lists.ts';
import { writeLists } from './ablate/write-lists.ts';
import { chosenSaes } from './chosen-saes.ts';
import { defineStage } from './define.ts';
import { listCounts, longestOf } from './extent.ts';
import { readerOf } from './reader.ts';

/**
 * Edit the features to which the end of each list is attributed, let the model write on, and compare with controls. Lists
 * that did not end have no such features and are left out.
 *
 * 1. Sample every list again with other noise and no edit: what edited lists are compared with.
 * 2. For each SAE: choose features list by list, and on the lists of other topics; set them to zero, or to their values
 *    after the swapped prompt; draw their controls. Measure how each edit changes the metric of the unchanged list.
 * 3. On noise of their own, write the lists with the chosen features edited, and with the first draws of the controls.
 *    Write the first list of each topic also with none edited, and with the activation replaced by its reconstruction.
 */
export const ablateStage = defineStage({
  name: '8-ablate',
  source: import.meta.url,
  settings: ['seed', 'batchSize', 'templates', 'sampling', 'attribution', 'ablation', 'bootstrap'],
  needs: ['model', 'form', 'saes'],
  reads: [completions, items, activeFeatures],
  writes: [
    ablations,
    ablationEdits,
    ablationMetric,
    ablationEffects,
    ablationContrasts,
    predictionQuality,
  ],
  divided: 'SAEs',

  graphs: ({ study, provider, model, saes, longest, lists }) => {
    const tokens = longestOf(study.attribution.templates, longest);
    const length = { prompt: tokens, list: longestEditedList(study, longest, model) };
    const { k, splits, controls } = study.ablation;
    const edited = editedSaes(saes, study);
    const positions = Math.min(tokens, 2 * splits * k);
    const edits = PROTOCOLS.length * (2 + 6 * controls.draws) + 4 * splits;
    const { all, largest } = listCounts(study.attribution.templates, lists);
    const runs = PROTOCOLS.length * largest * mostRunsPerList(study.ablation);
    return deepestOfEachShape(edited).flatMap((sae) => [
      featureUse(model, sae, { tokens, positions, sequences: all }),
      ...editedMetricUses(model, sae, { tokens, sequences: edits * all }),
      atGenerationBatch(
        limitBatch(runs, generationUse(model, provider, length, { hook: sae.outputHook })),
      ),
    ]);
  },

  async run(context) {
    const { study, form, saes, read, write, keep, divide, progress } = context;
    const pair = mappedPair(form.events);
    const setting = { study, reader: readerOf(context), form, pair, progress };
    const targets = await readTargets(context);
    const baselines = protocolsOf(study.ablation).flatMap((protocol) =>
      targets.map((target) => baselineOf(target, protocol, form)),
    );
    const cleanMetrics = await measureCleanMetrics(setting, targets);
    const edited = editedSaes(saes, study);
    const resample = () =>
      keep('resampled', () =>
        writeLists(setting, resampledRuns(targets, study.ablation), 'lists without an edit'),
      );
    const ablate = (sae: SaeFile) =>
      keep(sae.id, async () => {
        const inputs = { targets, cleanMetrics, poolOf: await readPool(read, sae.id) };
        return ablateSae(setting, await sae.load(), inputs);
      });
    await divide([null, ...edited], async (own) => {
      for (const [i, sae] of own.entries()) {
        await (sae === null ? resample() : ablate(sae));
        progress(i + 1, own.length, 'SAEs');
      }
    });
    const comparison = {
      unedited: startTables({ baselines, resampled: await resample() }, write),
      cleanMetrics,
      settings: { ...study, k: study.ablation.k },
    };
    const out = startEffects(comparison);
    for (const [i, sae] of edited.entries()) {
      const ablated = await ablate(sae);
      appendSae({ out, write }, sae.id, ablated, comparison);
      progress(i + 1, edited.length, 'SAEs');
    }
    writeTables(out, comparison, write);
  },
});

/** The SAEs whose features are edited: those that the study names, else those to which it attributes. */
const editedSaes = <S extends Pick<SaeSpec, 'id'>>(
  saes: readonly S[],
  { attribution, ablation }: Pick<Settings, 'attribution' | 'ablation'>,
): readonly S[] => chosenSaes(saes, ablation.saes ?? attribution.saes);

/** What may be edited of an SAE. */
const readPool = async (read: TableAccess['read'], saeId: string): Promise<PoolOf> =>
  poolsOf(await read(activeFeatures, `sae_id = '${saeId}'`));
