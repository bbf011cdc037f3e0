import type { LiveArray } from '../../../pipeline/schema/live.ts';
import type { OwnFeatures } from '../../../pipeline/schema/live-features.ts';
import { topicId } from '../../../pipeline/schema/topic-id.ts';
import type { Database } from '../queries/query.ts';
import type { Study } from '../study/studies.ts';
import { packOf } from './packs.ts';

/** What the page shows of a study before a reader has chosen a file. */
export interface OwnView {
  /** Null where no short list ended, or none was read for its entropy yet. */
  readonly list: OwnList | null;
  /** The study's topics, with the ids by which its draws are keyed. */
  readonly topics: readonly { readonly topic: string; readonly id: string }[];
  /** How many lists of each prompt the study drew. */
  readonly samples: number;
  /** Features that can be switched off; none where the study has published none. */
  readonly features: readonly OwnFeature[];
  /** Bytes of the program that runs the model, compressed. */
  readonly runtimeBytes: number;
}

/** A short list of the study that ended, of the length nearest to their mean. */
export interface OwnList {
  readonly topic: string;
  readonly replicate: number;
  readonly items: readonly { readonly text: string; readonly pEnd: number }[];
}

export interface OwnFeature {
  readonly id: string;
  readonly sae: string;
  readonly label: string;
}

export async function ownView(study: Study): Promise<OwnView> {
  const { database } = study;
  const topics = await database.all('SELECT DISTINCT topic FROM completions ORDER BY topic');
  const [most] = await database.all('SELECT max(replicate) + 1 AS samples FROM main_lists');
  return {
    list: await writtenList(database),
    samples: Number(most!.samples),
    features: await labelled(database),
    topics: topics.map(({ topic }) => ({ topic: String(topic), id: topicId(String(topic)) })),
    runtimeBytes: (await packOf(study, 'runtime')).length,
  };
}

export async function writtenList(database: Database): Promise<OwnList | null> {
  const [row] = await database.nested<ListRow>(`
    WITH ended AS (FROM main_lists WHERE template = 'short' AND ended AND n_repeats = 0),
      chosen AS (
        FROM ended
        ORDER BY abs(n_items - (SELECT avg(n_items) FROM ended)), sample_id LIMIT 1)
    SELECT topic, replicate,
      list({ text: items.text, p_end: entropy.p_end } ORDER BY items.item_index) AS items
    FROM chosen JOIN items USING (sample_id) JOIN entropy USING (sample_id, item_index)
    WHERE condition = 'clean' AND position_kind = 'item'
    GROUP BY topic, replicate`);
  if (row === undefined) return null;
  const { topic, replicate, items } = row;
  return { topic, replicate, items: items.map(({ text, p_end }) => ({ text, pEnd: p_end })) };
}

async function labelled(database: Database): Promise<OwnFeature[]> {
  const rows = await database.all(`
    SELECT feature_id, sae_id, label FROM live_features JOIN explanations USING (feature_id, sae_id)
    WHERE method = 'rule' ORDER BY live_features.feature`);
  return rows.map(({ feature_id, sae_id, label }) => ({
    id: String(feature_id),
    sae: String(sae_id),
    label: String(label),
  }));
}

/** What the worker needs to switch them. */
export async function ownFeatures(database: Database): Promise<OwnFeatures> {
  const rows = await database.nested<FeatureRow>('FROM live_features');
  return {
    hook: rows[0]?.hook ?? '',
    features: rows.map(({ feature_id, bias, threshold, encoder, decoder }) => ({
      id: feature_id,
      bias,
      threshold,
      encoder: arrayOf(encoder),
      decoder: arrayOf(decoder),
    })),
  };
}

interface FeatureRow {
  readonly feature_id: string;
  readonly hook: string;
  readonly bias: number;
  readonly threshold: number;
  readonly encoder: readonly number[];
  readonly decoder: readonly number[];
}

const arrayOf = (values: readonly number[]): LiveArray => ({
  dims: [values.length],
  base64: Buffer.from(Float32Array.from(values).buffer).toString('base64'),
});

interface ListRow {
  readonly topic: string;
  readonly replicate: number;
  readonly items: readonly { readonly text: string; readonly p_end: number }[];
}
