import { OWN_FILE } from '../../../pipeline/schema/own-file.ts';
import { topicId } from '../../../pipeline/schema/topic-id.ts';
import type { Study } from '../study/studies.ts';
import { packOf } from './packs.ts';

/** What the page shows of a study before a reader has chosen a file. */
export interface OwnView {
  /** A short list of the study that ended, of the length nearest to their mean. */
  readonly list: {
    readonly topic: string;
    readonly replicate: number;
    readonly items: readonly { readonly text: string; readonly pEnd: number }[];
  };
  /** The study's topics, with the ids by which its draws are keyed. */
  readonly topics: readonly { readonly topic: string; readonly id: string }[];
  /** How many lists of each prompt the study drew. */
  readonly samples: number;
  /** Bytes of the program that runs the model, compressed. */
  readonly runtimeBytes: number;
}

export async function ownView(study: Study): Promise<OwnView> {
  const { database } = study;
  const topics = await database.all('SELECT DISTINCT topic FROM completions ORDER BY topic');
  const [most] = await database.all('SELECT max(replicate) + 1 AS samples FROM main_lists');
  return {
    list: await writtenList(study),
    samples: Number(most!.samples),
    topics: topics.map(({ topic }) => ({ topic: String(topic), id: topicId(String(topic)) })),
    runtimeBytes: (await packOf(study, 'runtime')).length,
  };
}

async function writtenList({ database }: Study): Promise<OwnView['list']> {
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
  if (row === undefined)
    throw new Error(`${OWN_FILE.study}: no short list ended: the page try/ has none to show`);
  const { topic, replicate, items } = row;
  return { topic, replicate, items: items.map(({ text, p_end }) => ({ text, pEnd: p_end })) };
}

interface ListRow {
  readonly topic: string;
  readonly replicate: number;
  readonly items: readonly { readonly text: string; readonly p_end: number }[];
}
