import { type GraphUse, upTo } from '../graph/graph-use.ts';
import { featureGraph } from '../interp/active-features.ts';
import { editedMetricGraph } from '../interp/measured-metric.ts';
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
import type { Study } from '../study/study.ts';
import { PROXIES, pairOf } from './4-logit-lens.ts';
import { ablateSae } from './ablate/ablate-sae.ts';
import { armsTogether, resampledRuns } from './ablate/arms.ts';
import { CANDIDATES } from './ablate/edits.ts';
import { effectRows, effectRowsOfAll } from './ablate/effects.ts';
import { baselineOf, type Outcome } from './ablate/outcome.ts';
import { measureClean, qualityRows } from './ablate/prediction.ts';
import { METRIC, type Target, targetsOf } from './ablate/target.ts';
import { type Setting, type StudyParts, TOGETHER, writeLists } from './ablate/write-lists.ts';
import {
  defineStage,
  type Extent,
  listsOf,
  longestOf,
  type StageContext,
  shapesOf,
} from './stage.ts';

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
  config: [
    'model',
    'saes',
    'seed',
    'batchSize',
    'sampling',
    'attribution',
    'ablation',
    'bootstrap',
  ],
  reads: [completions, items, attributions],
  writes: [ablations, ablationEdits, ablationMetric, ablationEffects, predictionQuality],

  graphs: ({ study, provider, model, saes, longest, lists }) => {
    const T = longestOf(study.attribution.templates, longest);
    const list = longestAnswer(study, longest);
    const edits = PROTOCOLS.length * study.ablation.k;
    const { all, ofOne } = listsOf(study.attribution.templates, lists);
    const runs = PROTOCOLS.length * ofOne * armsTogether(study.ablation);
    return shapesOf(saes).flatMap((sae) => [
      upTo(all, {
        name: `${sae.id} features`,
        graph: () => featureGraph(model, sae),
        sizes: (B: number) => ({ B, T, N: B * edits }),
      }),
      upTo(PROTOCOLS.length * all, {
        name: `${sae.id} metric`,
        graph: () => editedMetricGraph(model, sae.outputHook),
        sizes: (B: number) => ({ B, T, E: B * T }),
      }),
      together(
        upTo(runs, generationUse(model, provider, { prompt: T, list }, { hook: sae.outputHook })),
      ),
    ]);
  },

  async run(context) {
    const { study, read, write, progress } = context;
    const { k, draws } = study.ablation;
    const at = settingOf(context);
    const targets = await readTargets(context);
    const candidates = await read(attributions, CANDIDATES);
    const baselines = PROTOCOLS.flatMap((protocol) =>
      targets.map((target) => baselineOf(target, protocol, at.tokenizer)),
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
    record(await writeLists(at, resampledRuns(targets, draws)));
    const clean = await measureClean(at, targets);
    const saes = await context.saes();
    for (const [i, sae] of saes.entries()) {
      const own = candidates.filter(({ sae_id }) => sae_id === sae.id);
      const found = await ablateSae(at, await sae.load(), targets, own, clean);
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

type Context = StageContext<StudyParts>;

/** Tokens of the longest sequence that the model may write: a list to its last item, and as much again as it may get. */
export function longestAnswer(
  { attribution, ablation }: Pick<Study, 'attribution' | 'ablation'>,
  longest: Extent['longest'],
): number {
  const list = longestOf(attribution.templates, longest);
  return list + Math.ceil(ablation.capFactor * (list - longest.prompt));
}

function settingOf({ study, provider, model, tokenizer }: Context): Setting {
  const opened = tokenizer();
  const pair = pairOf(opened, PROXIES[METRIC].tokens);
  return { study, provider, model: model(), tokenizer: opened, pair };
}

/** The lists that 6-attribute looked at. */
export async function readTargets({ study, read }: Context): Promise<Target[]> {
  const lists = (await read(completions)).filter(
    ({ template, temperature }) =>
      study.attribution.templates.includes(template) && temperature === study.sampling.temperature,
  );
  return targetsOf(lists, await read(items), study.ablation.capFactor);
}
