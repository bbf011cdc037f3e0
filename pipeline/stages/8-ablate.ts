import { type GraphUse, upTo } from '../graph/graph-use.ts';
import { featureUse } from '../interp/active-features.ts';
import { editedMetricUse } from '../interp/measured-metric.ts';
import { shapesOf } from '../interp/sae-sessions.ts';
import { MAPPED_PROXY, pairOf } from '../lists/proxies.ts';
import { generationUse } from '../runtime/generation-memory.ts';
import { PROTOCOLS } from '../schema/ablation-columns.ts';
import { ablationEdits, type EditRow } from '../schema/ablation-edits.ts';
import { ablationEffects, type EffectRow } from '../schema/ablation-effects.ts';
import { ablationMetric, type MetricRow } from '../schema/ablation-metric.ts';
import { ablations } from '../schema/ablations.ts';
import { attributions } from '../schema/attributions.ts';
import { completions } from '../schema/completions.ts';
import { items } from '../schema/items.ts';
import { predictionQuality, type QualityRow } from '../schema/prediction-quality.ts';
import { ablateSae } from './ablate/ablate-sae.ts';
import { armsTogether, resampledRuns } from './ablate/arms.ts';
import { CANDIDATES } from './ablate/edits.ts';
import { effectRows, effectRowsOfAll } from './ablate/effects.ts';
import { baselineOf, type Outcome } from './ablate/outcome.ts';
import { measureClean, qualityRows } from './ablate/prediction.ts';
import { longestAnswer, readTargets } from './ablate/target-lists.ts';
import { TOGETHER, writeLists } from './ablate/write-lists.ts';
import { defineStage } from './define.ts';
import { listCounts, longestOf } from './extent.ts';
import { readerOf } from './reader.ts';

/**
 * Zero the features that the end of each list is attributed to, let the model write on, and compare with controls.
 * Lists that did not end have no such features, and are left out.
 *
 * 1. Every list is drawn again with other noise and nothing edited: what chance alone does.
 * 2. One SAE at a time: its most attributed features are zeroed, then as many at random, then all is replaced by
 *    the SAE's reconstruction; once nothing is edited. All on the list's own noise.
 * 3. What zeroing does to the metric itself is held against what attribution predicted.
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
    const list = longestAnswer(study, longest);
    const positions = PROTOCOLS.length * study.ablation.k;
    const { all, largest } = listCounts(study.attribution.templates, lists);
    const runs = PROTOCOLS.length * largest * armsTogether(study.ablation);
    return shapesOf(saes).flatMap((sae) => [
      featureUse(model, sae, { tokens, positions, sequences: all }),
      editedMetricUse(model, sae, { tokens, sequences: PROTOCOLS.length * all }),
      together(
        upTo(
          runs,
          generationUse(model, provider, { prompt: tokens, list }, { hook: sae.outputHook }),
        ),
      ),
    ]);
  },

  async run(context) {
    const { study, form, saes, read, write, progress } = context;
    const { k, draws } = study.ablation;
    const pair = pairOf(form.events, MAPPED_PROXY);
    const setting = { study, reader: readerOf(context), form, pair };
    const targets = await readTargets(context);
    const candidates = await read(attributions, CANDIDATES);
    const baselines = PROTOCOLS.flatMap((protocol) =>
      targets.map((target) => baselineOf(target, protocol, form)),
    );
    const out: Tables = {
      outcomes: [...baselines],
      edits: [],
      metric: [],
      effects: [],
      quality: [],
    };
    const record = (outcomes: readonly Outcome[]) => {
      out.outcomes.push(...outcomes);
      out.effects.push(...effectRows(outcomes, baselines, { ...study, k }));
    };
    record(await writeLists(setting, resampledRuns(targets, draws)));
    const clean = await measureClean(setting, targets);
    for (const [i, sae] of saes.entries()) {
      const ofSae = candidates.filter(({ sae_id }) => sae_id === sae.id);
      const known = { targets, candidates: ofSae, clean };
      const found = await ablateSae(setting, await sae.load(), known);
      record(found.outcomes);
      out.edits.push(...found.edits);
      out.metric.push(...found.metric);
      out.quality.push(...qualityRows(found.metric, sae.id));
      progress(i + 1, saes.length, 'SAEs');
    }
    out.effects.push(...effectRowsOfAll(out.outcomes, baselines, { ...study, k }));
    write(
      ablations,
      out.outcomes.map(({ row }) => row),
    );
    write(ablationEdits, out.edits);
    write(ablationMetric, out.metric);
    write(ablationEffects, out.effects);
    write(predictionQuality, out.quality);
  },
});

interface Tables {
  readonly outcomes: Outcome[];
  readonly edits: EditRow[];
  readonly metric: MetricRow[];
  readonly effects: EffectRow[];
  readonly quality: QualityRow[];
}

/** Batches of generation are larger than the study's. */
const together = (use: GraphUse): GraphUse => ({ ...use, sizes: (B) => use.sizes(B * TOGETHER) });
