import { upTo } from '../graph/graph-use.ts';
import {
  type AttributedFeature,
  type AttributionRow,
  attributeSaes,
  attributionGraph,
  gradientGraph,
  type Shares,
} from '../interp/attribute-saes.ts';
import { attributionSums } from '../schema/attribution-sums.ts';
import { attributions } from '../schema/attributions.ts';
import { completions } from '../schema/completions.ts';
import { featureAttributions } from '../schema/feature-attributions.ts';
import { featureSummary } from '../schema/feature-summary.ts';
import { items } from '../schema/items.ts';
import { PROXY_NAMES, type ProxyName } from '../schema/proxies.ts';
import type { Row } from '../schema/table.ts';
import { tokenAttributions } from '../schema/token-attributions.ts';
import { bootstrapMean } from '../stats/bootstrap.ts';
import { keyedRandom } from '../stats/random.ts';
import type { Study } from '../study/study.ts';
import { PROXIES, pairOf } from './4-logit-lens.ts';
import { defineStage, listsOf, longestOf, shapesOf } from './stage.ts';

/** The metric whose features are mapped and described. */
export const MAPPED_METRIC: ProxyName = 'blank_newline';

/** Features of each SAE in the summary. */
const SUMMARISED = 20;

type List = Row<typeof completions>;
type Item = Row<typeof items>;

/**
 * Attribute the end of each list to features: a blank rather than a newline after its last item, and the end of
 * the turn rather than a hyphen after that item's newline.
 */
export const attributeStage = defineStage({
  name: '6-attribute',
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
  reads: [completions, items],
  writes: [attributions, tokenAttributions, attributionSums, featureAttributions, featureSummary],

  graphs: ({ study, model, saes, longest, lists }) => {
    const { templates, top } = study.attribution;
    const [T, ofPart] = [longestOf(templates, longest), greatestDose(study.ablation)];
    const tops = { 'value k': top, 'magnitude k': top, 'prompt k': ofPart, 'prefix k': ofPart };
    const sizes = (B: number) => ({ B, T, ...tops });
    const uses = [
      { name: 'gradient', graph: () => gradientGraph(model, saes), sizes },
      ...shapesOf(saes).map((sae) => ({ name: sae.id, graph: () => attributionGraph(sae), sizes })),
    ];
    return uses.map((use) => upTo(listsOf(templates, lists).all, use));
  },

  async run({ study, provider, model, tokenizer, saes, read, write, progress }) {
    const { templates, top } = study.attribution;
    const lists = (await read(completions)).filter(
      ({ template, temperature }) =>
        templates.includes(template) && temperature === study.sampling.temperature,
    );
    const lastItem = new Map(
      (await read(items)).flatMap((item) =>
        item.items_from_end === 0 ? [[item.sample_id, item] as const] : [],
      ),
    );
    const out: Tables = { attributions: [], tokens: [], sums: [], features: [] };
    const opened = await saes();
    for (const [pass, name] of PROXY_NAMES.entries()) {
      const pair = pairOf(tokenizer(), PROXIES[name].tokens);
      const readings = lists.flatMap((list) =>
        readingOf(list, lastItem.get(list.sample_id), name, pair),
      );
      await attributeSaes(
        model(),
        opened,
        readings,
        {
          provider,
          batchSize: study.batchSize,
          top,
          topOfPart: greatestDose(study.ablation),
          onProgress: (done) =>
            progress(pass * lists.length + done, PROXY_NAMES.length * lists.length, 'lists'),
        },
        ({ id }, first, rows) => {
          for (const [i, row] of rows.entries()) {
            const { sample_id, metricPos } = readings[first + i]!;
            record(out, { sample_id, sae_id: id, metric: name }, row, metricPos);
          }
        },
      );
    }
    write(attributions, out.attributions);
    write(tokenAttributions, out.tokens);
    write(attributionSums, out.sums);
    write(featureAttributions, out.features);
    write(featureSummary, summarise(out, lists, study));
  },
});

/** None where the list did not end, or its last item has no newline. */
function readingOf(
  { sample_id, token_ids, n_prompt_tokens }: List,
  item: Item | undefined,
  name: ProxyName,
  pair: readonly [number, number],
) {
  const metricPos = item?.[PROXIES[name].at] ?? null;
  if (item === undefined || metricPos === null) return [];
  const lengths = { prompt: n_prompt_tokens, prefix: prefixLength(item) };
  return [{ sample_id, ids: token_ids, metricPos, pair, lengths }];
}

/** Tokens up to an item's hyphen, it included. */
export const prefixLength = ({ pos_last_token, n_tokens }: Item): number =>
  pos_last_token - n_tokens + 1;

const greatestDose = ({ k, doses }: Study['ablation']): number => Math.max(k, ...doses);

interface Tables {
  readonly attributions: Row<typeof attributions>[];
  readonly tokens: Row<typeof tokenAttributions>[];
  readonly sums: Row<typeof attributionSums>[];
  readonly features: Row<typeof featureAttributions>[];
}

type Key = Pick<Row<typeof attributionSums>, 'sample_id' | 'sae_id' | 'metric'>;

function record(out: Tables, key: Key, row: AttributionRow, metricPos: number): void {
  const { byValue, byMagnitude, byPart, featureSums, maxActs, byPosition } = row;
  const positions = byPosition.map((at, i) => ({ ...key, pos: i + 1, ...at }));
  // What comes after the metric's position has no part in it.
  out.tokens.push(...positions.filter(({ pos }) => pos <= metricPos));
  out.sums.push({ ...key, ...sumOf(byPosition) });
  const placeOf = ({ pos, feature }: { pos: number; feature: number }) => `${pos} ${feature}`;
  const ranksOf = (list: readonly AttributedFeature[]) =>
    new Map(list.map((at, i) => [placeOf(at), i + 1]));
  const ranks = ranksOf(byValue);
  const magnitudes = ranksOf(byMagnitude);
  const [inPrompt, inPrefix] = [ranksOf(byPart.prompt), ranksOf(byPart.prefix)];
  const largest = [...byValue, ...byMagnitude];
  const listed = new Map(
    [...largest, ...byPart.prompt, ...byPart.prefix].map((at) => [placeOf(at), at]),
  );
  for (const [place, at] of listed)
    out.attributions.push({
      ...key,
      pos: at.pos,
      feature: at.feature,
      feature_act: at.featureAct,
      attribution: at.attribution,
      rank: ranks.get(place) ?? null,
      rank_by_magnitude: magnitudes.get(place) ?? null,
      rank_in_prompt: inPrompt.get(place) ?? null,
      rank_in_prefix: inPrefix.get(place) ?? null,
    });
  const named = [...new Set(largest.map(({ feature }) => feature))].sort((a, b) => a - b);
  for (const feature of named)
    out.features.push({
      ...key,
      feature,
      attribution: featureSums[feature]!,
      max_act: maxActs[feature]!,
    });
}

const sumOf = (shares: readonly Shares[]): Shares => {
  const total = (part: keyof Shares) => shares.reduce((sum, share) => sum + share[part], 0);
  return { features: total('features'), error: total('error'), bias: total('bias') };
};

/** The features with the largest mean attribution of each SAE and metric; clusters are topics. */
function summarise(
  { features, sums }: Tables,
  lists: readonly List[],
  { seed, bootstrap }: Pick<Study, 'seed' | 'bootstrap'>,
): Row<typeof featureSummary>[] {
  const topicOf = new Map(lists.map(({ sample_id, topic }) => [sample_id, topic]));
  const groupOf = ({ sae_id, metric }: Key) => `${sae_id} ${metric}`;
  const attributed = Map.groupBy(sums, groupOf);
  return [...Map.groupBy(features, groupOf)].flatMap(([group, rows]) => {
    const samples = attributed.get(group)!.map(({ sample_id }) => sample_id);
    const topics = Map.groupBy(samples, (id) => topicOf.get(id)!);
    const total = (of: readonly { attribution: number }[]) =>
      Math.abs(of.reduce((sum, { attribution }) => sum + attribution, 0));
    const largest = [...Map.groupBy(rows, ({ feature }) => feature)]
      .sort(([a, x], [b, y]) => total(y) - total(x) || a - b)
      .slice(0, SUMMARISED);
    return largest.map(([feature, of], i) => {
      const values = new Map(of.map(({ sample_id, attribution }) => [sample_id, attribution]));
      const clusters = [...topics.values()].map((ids) => ids.map((id) => values.get(id) ?? 0));
      const random = keyedRandom(seed, `attribution ${group} ${feature}`);
      return {
        sae_id: of[0]!.sae_id,
        metric: of[0]!.metric,
        feature,
        rank: i + 1,
        ...bootstrapMean(clusters, { ...bootstrap, random }),
        n_lists: of.length,
        n_topics: new Set(of.map(({ sample_id }) => topicOf.get(sample_id))).size,
      };
    });
  });
}
