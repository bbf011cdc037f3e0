import { hasRows } from '../study/has-rows.ts';
import type { Study } from '../study/studies.ts';
import { itemsOf, type Lead, type LeadList, mostTypical } from './lead.ts';

/**
 * What a study opens with, read once. Where the features that were chosen on other topics add items beyond random ones, lists
 * with and without them; where that is not shown, what holds in every study with an effect: the word and the chance of the end.
 * Null where no short list ended.
 */
export function leadOf(study: Study): Promise<Lead | null> {
  const lead = read.get(study) ?? query(study);
  read.set(study, lead);
  return lead;
}

const read = new WeakMap<Study, Promise<Lead | null>>();

async function query(study: Study): Promise<Lead | null> {
  const sae = await saeThatAdds(study);
  return (sae === null ? null : await editedLists(study, sae)) ?? (await readLists(study));
}

/** The SAE whose features add most items, where that is more than chance and the number of SAEs explain. */
async function saeThatAdds({ database, manifest }: Study): Promise<string | null> {
  if (!hasRows(manifest, 'ablations') || !hasRows(manifest, 'baselines')) return null;
  const [row] = await database.all(
    `SELECT sae_id FROM strongest_contrast('held-out') WHERE ci_low > 0 AND p_adjusted < 2 * bootstrap_tail()`,
  );
  return row === undefined ? null : String(row.sae_id);
}

interface Written {
  readonly arm: string;
  readonly text: string;
  readonly n_items: number;
  readonly ended: boolean;
}

interface EditedRow {
  readonly sample_id: string;
  readonly topic: string;
  readonly value: number;
  readonly written: readonly Written[];
}

const ARMS = ['as written', 'chosen', 'random', 'swapped'];

async function editedLists({ database }: Study, sae: string): Promise<Lead | null> {
  const rows = await database.nested<EditedRow>(`
    WITH arms AS (
      SELECT sample_id, CASE arm WHEN 'held-out' THEN 'chosen' ELSE 'random' END AS arm, draw, text, n_items, ended
      FROM ablations WHERE sae_id = '${sae}' AND protocol = 'from-prompt' AND arm IN ('held-out', 'held-out-random')
      UNION ALL SELECT sample_id, 'as written', 0, text, n_items, ended
      FROM ablations WHERE arm = 'baseline' AND protocol = 'from-prompt'
      UNION ALL SELECT sample_id, 'swapped', coalesce(draw, 0), text, n_items, ended FROM baselines WHERE method = 'swap_word')
    SELECT sample_id, topic, avg(a.n_items) FILTER (arm = 'chosen') - avg(a.n_items) FILTER (arm = 'random') AS value,
      [${ARMS.map((arm) => `arg_min({'arm': arm, 'text': a.text, 'n_items': a.n_items, 'ended': a.ended}, draw) FILTER (arm = '${arm}')`)}] AS written
    FROM arms a JOIN completions USING (sample_id) GROUP BY ALL
    HAVING count(DISTINCT arm) = ${ARMS.length} ORDER BY topic, sample_id`);
  const [counted] = await database.all('SELECT main_k FROM ablation_k');
  const [k, word] = [Number(counted?.main_k), 'The word swapped'];
  const lists = rows.map(({ sample_id, topic, value, written }) => ({
    id: sample_id,
    topic,
    value,
    columns: written.map(({ text, n_items, ended }) => ({ items: itemsOf(text, n_items), ended })),
  }));
  const heads = ['As written', `${k} features of ${sae} off`, `${k} random features off`, word];
  return lists.length === 0 ? null : { kind: 'edited', heads, lists, first: mostTypical(lists) };
}

interface ReadRow {
  readonly sample_id: string;
  readonly topic: string;
  readonly own: readonly number[];
  readonly other: readonly number[];
  readonly text: string;
  readonly n_items: number;
}

/** The chance of the end after each item of the short lists that ended, under either word. */
async function readLists({ database }: Study): Promise<Lead | null> {
  const rows = await database.nested<ReadRow>(`
    SELECT sample_id, topic, text, n_items,
      list(p_end ORDER BY item_index) FILTER (condition = 'clean') AS own,
      list(p_end ORDER BY item_index) FILTER (condition = 'corrupted') AS other
    FROM entropy JOIN main_lists USING (sample_id)
    WHERE template = 'short' AND position_kind = 'item' AND ended AND n_items > 0 GROUP BY ALL
    HAVING sum(p_end) FILTER (condition = 'corrupted') > 0 ORDER BY topic, sample_id`);
  const lists: LeadList[] = rows.map(({ sample_id, topic, own, other, text, n_items }) => ({
    id: sample_id,
    topic,
    value: sum(own) / sum(other),
    columns: [
      {
        items: itemsOf(text, n_items),
        ended: true,
        ends: own.map((p, i) => [p, other[i]!] as const),
      },
    ],
  }));
  const heads = ['A short list, as it was written'];
  return lists.length === 0 ? null : { kind: 'word', heads, lists, first: mostTypical(lists) };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
