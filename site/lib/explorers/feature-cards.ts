import type { Family } from '../../../pipeline/schema/sae-families.ts';
import type { Row } from '../queries/query.ts';
import type { Study } from '../study/studies.ts';

/** What is known of one feature, as its card shows it. */
export interface FeatureCard {
  readonly id: string;
  readonly saeId: string;
  readonly feature: number;
  /** The value in the model that its SAE reads. */
  readonly hook: string;
  readonly family: string;
  readonly nLists: number;
  readonly shareLists: number;
  readonly topicEntropy: number;
  /** Neuronpedia's words for it, and its page there. */
  readonly explanation: string | null;
  readonly page: string | null;
  readonly attributions: readonly Attribution[];
  /** Where it is among the features zeroed. */
  readonly ablations: readonly Ablation[];
  readonly promoted: readonly TokenLogit[];
  readonly suppressed: readonly TokenLogit[];
  readonly histogram: readonly Bin[];
  readonly places: readonly PlaceActivity[];
  readonly topics: readonly TopicHeat[];
  readonly contexts: readonly Context[];
}

export interface Attribution {
  readonly metric: string;
  readonly words: string;
  /** Over all lists, 0 where it is not among the most attributed. */
  readonly mean: number;
  /** Only where it is among the features of its SAE with the largest mean. */
  readonly ci_low: number | null;
  readonly ci_high: number | null;
  readonly n: number;
  /** The list in which it ranks highest. */
  readonly sample_id: string;
}

export interface Ablation {
  readonly protocol: string;
  /** Lists in which it is zeroed. */
  readonly n: number;
  /** The one of them in which it ranks highest. */
  readonly sample_id: string;
}

export interface TokenLogit {
  readonly token: string;
  readonly logit: number;
}

export interface Bin {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

export interface PlaceActivity {
  readonly place: string;
  readonly n: number;
  readonly n_active: number;
  readonly mean_act: number;
}

export interface TopicHeat {
  readonly topic: string;
  readonly value: number;
}

export interface Context {
  readonly list: ListName;
  readonly tokens: readonly string[];
  readonly activations: readonly number[];
  /** Which of the tokens is the most active. */
  readonly peak: number;
}

/** A list, and what leads to it. */
export interface ListName {
  readonly id: string;
  readonly topic: string;
  readonly template: string;
  readonly temperature: number;
  readonly replicate: number;
  /** Whether its end is attributed to features. */
  readonly followed: boolean;
}

/** What the SAE of a feature reads, in words. */
export function readsOf({ saeId }: Pick<FeatureCard, 'saeId'>): string {
  const [family, layer] = saeId.split('_') as [Family, string];
  return READS[family].replace('#', layer);
}

const READS: Readonly<Record<Family, string>> = {
  res: 'the residual stream after layer #',
  att: 'the outputs of the heads of layer #',
  mlp: 'the output of the MLP of layer #',
  tc: 'the input of the MLP of layer # and rebuilds its output',
};

/** Topics on a card. */
const TOPICS = 5;

/** Every feature that the study's pages name, by id; read once. */
export function featureCards(study: Study): Promise<Map<string, FeatureCard>> {
  const cards = read.get(study) ?? query(study);
  read.set(study, cards);
  return cards;
}

const read = new WeakMap<Study, Promise<Map<string, FeatureCard>>>();

const FEATURES = `
  SELECT f.*, hook, whole, score, poor FROM named_features JOIN features f USING (feature_id)
  JOIN (SELECT DISTINCT sae_id, hook FROM sae_quality) USING (sae_id)
  ORDER BY sae_order(sae_id), feature`;

/** Each part of the cards as one list a feature, so that few rows come back. */
const PARTS = {
  attributions: `
    SELECT feature_id, list({'metric': metric, 'words': comparison(metric), 'mean': mean, 'ci_low': ci_low, 'ci_high': ci_high, 'n': n, 'sample_id': sample_id} ORDER BY metric) AS part
    FROM feature_attribution_means JOIN (
      SELECT sae_id, feature, metric, min_by(sample_id, {'rank': rank_by_magnitude, 'name': sample_id}) AS sample_id
      FROM attributions GROUP BY ALL
    ) USING (sae_id, feature, metric)
    GROUP BY feature_id`,
  ablations: `
    SELECT feature_id, list({'protocol': protocol, 'n': n, 'sample_id': sample_id} ORDER BY protocol DESC) AS part FROM (
      SELECT sae_id || '_' || feature AS feature_id, protocol, count(DISTINCT sample_id)::INTEGER AS n,
        min_by(sample_id, {'rank': rank, 'name': sample_id}) AS sample_id
      FROM ablation_edits WHERE arm = 'ablated' GROUP BY ALL)
    GROUP BY feature_id`,
  promoted: logits('promoted'),
  suppressed: logits('suppressed'),
  histogram: `
    SELECT feature_id, list({'low': low, 'high': high, 'count': count} ORDER BY low) AS part
    FROM feature_histograms GROUP BY feature_id`,
  places: `
    SELECT feature_id, list({'place': words, 'n': n, 'n_active': n_active, 'mean_act': mean_act} ORDER BY mean_act DESC, words) AS part
    FROM (SELECT *, token_words(place) AS words FROM feature_places) GROUP BY feature_id`,
  topics: `
    SELECT sae_id || '_' || feature AS feature_id,
      list({'topic': topic, 'value': value} ORDER BY value DESC, topic)[:${TOPICS}] AS part
    FROM topic_heat WHERE value > 0 GROUP BY ALL`,
  contexts: `
    SELECT feature_id, list({'sample_id': sample_id, 'first_pos': first_pos, 'peak_pos': peak_pos, 'activations': activations} ORDER BY rank) AS part
    FROM feature_contexts GROUP BY feature_id`,
} as const;

function logits(effect: string): string {
  return `
    SELECT feature_id, list({'token': token, 'logit': logit} ORDER BY rank) AS part
    FROM feature_logits WHERE effect = '${effect}' GROUP BY feature_id`;
}

interface StoredContext {
  readonly sample_id: string;
  readonly first_pos: number;
  readonly peak_pos: number;
  readonly activations: readonly number[];
}

async function query({ database }: Study): Promise<Map<string, FeatureCard>> {
  const partsOf = async (sql: string) => {
    const rows = await database.nested<{ feature_id: string; part: readonly unknown[] }>(sql);
    return new Map(rows.map(({ feature_id, part }) => [feature_id, part]));
  };
  const parts = new Map<string, Map<string, readonly unknown[]>>();
  for (const [name, sql] of Object.entries(PARTS)) parts.set(name, await partsOf(sql));
  const lists = await listsById(database);
  const part = <T>(name: keyof typeof PARTS, id: string) =>
    (parts.get(name)!.get(id) ?? []) as readonly T[];
  const rows = await database.all(FEATURES);
  return new Map(
    rows.map((row) => {
      const id = String(row.feature_id);
      const card: FeatureCard = {
        ...described(row),
        attributions: part('attributions', id),
        ablations: part('ablations', id),
        promoted: part('promoted', id),
        suppressed: part('suppressed', id),
        histogram: part('histogram', id),
        places: part('places', id),
        topics: part('topics', id),
        contexts: part<StoredContext>('contexts', id).map((at) =>
          contextOf(at, lists.get(at.sample_id)!),
        ),
      };
      return [id, card];
    }),
  );
}

const described = (row: Row) => ({
  id: String(row.feature_id),
  saeId: String(row.sae_id),
  feature: Number(row.feature),
  hook: String(row.hook),
  family: String(row.family),
  nLists: Number(row.n_samples),
  shareLists: Number(row.share_samples),
  topicEntropy: Number(row.topic_entropy),
  label: textOf(row.whole),
  score: typeof row.score === 'number' ? row.score : null,
  poor: row.poor === true,
  explanation: textOf(row.explanation),
  page: textOf(row.page),
});

const textOf = (cell: Row[string] | undefined): string | null =>
  typeof cell === 'string' ? cell : null;

interface List {
  readonly name: ListName;
  readonly tokens: readonly string[];
}

async function listsById(database: Study['database']): Promise<Map<string, List>> {
  const rows = await database.nested<ListName & { readonly tokens: readonly string[] }>(`
    SELECT sample_id AS id, topic, template, temperature, replicate,
      sample_id IN (SELECT sample_id FROM attribution_sums) AS followed, list(token ORDER BY pos) AS tokens
    FROM tokens JOIN completions USING (sample_id)
    WHERE sample_id IN (SELECT sample_id FROM feature_contexts) GROUP BY ALL`);
  return new Map(rows.map(({ tokens, ...name }) => [name.id, { name, tokens }]));
}

const contextOf = (
  { first_pos, peak_pos, activations }: StoredContext,
  { name, tokens }: List,
): Context => ({
  list: name,
  tokens: tokens.slice(first_pos, first_pos + activations.length),
  activations,
  peak: peak_pos - first_pos,
});
