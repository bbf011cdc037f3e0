import { topicId } from '../../../pipeline/schema/topic-id.ts';
import type { Study } from '../study/studies.ts';
import { ABLATED } from './ablation-query.ts';
import { ATTRIBUTED } from './attribution-query.ts';
import type { ListEntry, Tab } from './list-index.ts';

/** Every list of a study, in the order in which they are gone through: those at the main temperature first. */
export async function everyList({ database }: Study): Promise<ListEntry[]> {
  const rows = await database.nested<Omit<ListEntry, 'topic'>>(`
    SELECT sample_id AS id, topic AS name, template, temperature, replicate, loops,
      sample_id IN (SELECT sample_id FROM ${ATTRIBUTED}) AS attributed,
      sample_id IN (SELECT sample_id FROM ${ABLATED}) AS edited, coalesce(request, '') AS request
    FROM completions LEFT JOIN requests USING (sample_id)
    ORDER BY topic, array_position(['short', 'plain', 'long'], template),
      temperature <> (FROM main_temperature), temperature, replicate`);
  return rows.map((row) => ({ ...row, topic: topicId(String(row.name)) }) as ListEntry);
}

/** The SAEs that a table has rows of. */
export async function saesIn({ database }: Study, table: string): Promise<string[]> {
  const saes = await database.all(
    `SELECT sae_id FROM ${table} GROUP BY sae_id ORDER BY sae_order(sae_id)`,
  );
  return saes.map(({ sae_id }) => String(sae_id));
}

/** What the page of lists opens with. */
export interface FirstChoice {
  readonly tab: Tab;
  readonly sample: string;
  /** The SAE whose features add the most items when they are zeroed; where none is edited, the first. */
  readonly sae: string | undefined;
}

/**
 * The list that tells most: the one nearest the median of what zeroing adds to lists, under the SAE that adds the most
 * beyond its control. Where that is not told from nothing, the page opens on the lists as written.
 */
export async function firstChoice(study: Study): Promise<FirstChoice> {
  const { database } = study;
  const [strongest] = await database.all(STRONGEST);
  const sae = strongest ? String(strongest.sae_id) : (await saesIn(study, ABLATED))[0];
  const [typical] = sae === undefined ? [] : await database.all(typicalOf(sae));
  const [other] = await database.all(OTHERWISE);
  const sample = typical ?? other;
  if (sample === undefined) throw new Error(`study ${study.name}: no list: run npm run compute`);
  return {
    tab: strongest?.adds === true ? 'edited' : 'written',
    sample: String(sample.sample_id),
    sae: sae ?? (await saesIn(study, ATTRIBUTED))[0],
  };
}

const STRONGEST = `
  SELECT sae_id, ci_low > 0 AS adds FROM ablation_contrasts, ablation_k
  WHERE protocol = 'from-prompt' AND arm = 'ablated' AND control = 'random' AND metric = 'n_items' AND k = main_k
    AND sae_id IN (SELECT sae_id FROM ${ABLATED})
  ORDER BY mean DESC, sae_order(sae_id) LIMIT 1`;

/** Of lists as near, those that were written under every arm, then those whose control is nearest its own median. */
const typicalOf = (sae: string): string => `
  WITH written AS (
    SELECT sample_id, any_value(n_items) FILTER (arm = 'baseline') AS before,
      any_value(n_items) FILTER (arm = 'ablated') - before AS added,
      any_value(n_items) FILTER (arm = 'random') - before AS by_chance, count(DISTINCT arm) AS n_arms
    FROM ablations, ablation_k
    WHERE protocol = 'from-prompt' AND (sae_id = '${sae}' OR arm = 'baseline') AND coalesce(k, main_k) = main_k
      AND coalesce(draw, 0) = 0
    GROUP BY sample_id HAVING added IS NOT NULL),
  middle AS (SELECT median(added) AS added, median(by_chance) AS by_chance FROM written)
  SELECT sample_id FROM written, middle
  ORDER BY abs(written.added - middle.added), n_arms DESC, abs(written.by_chance - middle.by_chance), sample_id
  LIMIT 1`;

const OTHERWISE = `
  SELECT sample_id FROM completions
  ORDER BY sample_id NOT IN (SELECT sample_id FROM ${ATTRIBUTED}), temperature <> (FROM main_temperature),
    topic, array_position(['short', 'plain', 'long'], template), replicate
  LIMIT 1`;
