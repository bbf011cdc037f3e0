import type { Study } from '../study/studies.ts';
import { PACKS, type Pack, packOf, readLiveModel } from './packs.ts';

/** A list as the pipeline wrote it. */
export interface WrittenArm {
  readonly items: readonly {
    readonly text: string;
    readonly pEnd: number;
    readonly trueEnd: number | null;
  }[];
  readonly ended: boolean;
}

/** One sampled list, as trained and edited. */
export interface WrittenPair {
  readonly topic: string;
  readonly word: string;
  readonly replicate: number;
  readonly trained: WrittenArm;
  readonly edited: WrittenArm;
}

export interface LabelledFeature {
  readonly id: string;
  readonly feature: number;
  readonly label: string;
}

/** What the page shows before anything is loaded, and what a reader may then choose among. */
export interface LiveView {
  readonly pair: WrittenPair;
  /** Lists that the pair was chosen among. */
  readonly nPairs: number;
  readonly topics: readonly string[];
  readonly words: readonly string[];
  readonly temperature: number;
  readonly topP: number;
  readonly sae: string;
  readonly layer: number;
  readonly strengths: readonly number[];
  readonly features: readonly LabelledFeature[];
  /** Mean number of items of the study's lists, by arm and word. */
  readonly published: Readonly<Record<'trained' | 'edited', Readonly<Record<string, number>>>>;
  /** Compressed sizes. */
  readonly bytes: Readonly<Record<Pack, number>>;
}

export async function liveView(study: Study): Promise<LiveView> {
  const model = await readLiveModel(study);
  const { sae } = model.features;
  const labels = await study.database.all(
    `SELECT feature_id, feature, label FROM explanations WHERE method = 'rule' AND sae_id = '${sae}'`,
  );
  const sizes = await Promise.all(
    PACKS.map(async (pack) => [pack, (await packOf(study, pack)).length]),
  );
  const { pair, nPairs } = await writtenPair(study);
  return {
    pair,
    nPairs,
    topics: [...new Set(model.prompts.map(({ topic }) => topic))],
    words: [...new Set(model.prompts.map(({ word }) => word))],
    temperature: model.setting.temperature,
    topP: model.setting.topP,
    sae,
    layer: model.steering.layer,
    strengths: model.steering.strengths,
    features: model.features.labelled.map((feature) => {
      const row = labels.find((known) => known.feature === feature);
      return { id: `${sae}_${feature}`, feature, label: String(row?.label ?? 'no label') };
    }),
    published: await publishedMeans(study),
    bytes: Object.fromEntries(sizes),
  };
}

/** The pair whose lengths are the nearest to the means over all pairs. */
async function writtenPair({ database }: Study): Promise<{ pair: WrittenPair; nPairs: number }> {
  const [row] = await database.nested<PairRow>(`
    WITH pairs AS (
      SELECT topic, word, sample_id, replicate,
        any_value(live_lists) FILTER (arm = 'trained') AS trained, any_value(live_lists) FILTER (arm = 'edited') AS edited
      FROM live_lists JOIN completions USING (sample_id, topic) GROUP BY ALL)
    SELECT *, count(*) OVER ()::INTEGER AS n FROM pairs
    ORDER BY abs(trained.n_items - avg(trained.n_items) OVER ()) + abs(edited.n_items - avg(edited.n_items) OVER ()), sample_id
    LIMIT 1`);
  if (row === undefined) throw new Error('live_lists has no list: run npm run compute');
  const { topic, word, replicate, n } = row;
  return {
    pair: { topic, word, replicate, trained: armOf(row.trained), edited: armOf(row.edited) },
    nPairs: n,
  };
}

interface ArmRow {
  readonly text: string;
  readonly ended: boolean;
  readonly p_end: readonly number[];
  readonly true_p_end: readonly number[];
}

interface PairRow {
  readonly topic: string;
  readonly word: string;
  readonly replicate: number;
  readonly n: number;
  readonly trained: ArmRow;
  readonly edited: ArmRow;
}

/** The lines of a list that hold its finished items. */
function armOf({ text, ended, p_end, true_p_end }: ArmRow): WrittenArm {
  const lines = text.split('\n').map((line) => line.replace(/^-/, '').trim());
  return {
    ended,
    items: p_end.map((pEnd, i) => ({ text: lines[i] ?? '', pEnd, trueEnd: true_p_end[i] ?? null })),
  };
}

async function publishedMeans({ database }: Study): Promise<LiveView['published']> {
  const trained = await database.all(
    'SELECT template AS word, avg(n_items) AS mean FROM main_lists GROUP BY template',
  );
  const edited = await database.all(
    "SELECT word, avg(n_items) AS mean FROM live_lists WHERE arm = 'edited' GROUP BY word",
  );
  const byWord = (rows: typeof trained) =>
    Object.fromEntries(rows.map(({ word, mean }) => [String(word), Number(mean)]));
  return { trained: byWord(trained), edited: byWord(edited) };
}
