import type { Study } from '../study/studies.ts';
import type { AttributedList, AttributedLists } from './attribution-view.ts';

/** Features of each list and SAE that the view names. */
const TOP = 60;

/** Has a row for every list and SAE that is attributed. */
export const ATTRIBUTED = 'attribution_sums';

interface Of {
  readonly sample_id: string;
}
type Positions = Of & Omit<AttributedList, 'top'>;
type Top = Of & Pick<AttributedList, 'top'>;

/** What one SAE accounts for in every list, of one metric; numbers to the digits that are shown. */
export async function attributedLists(
  { database }: Study,
  saeId: string,
  metric: string,
): Promise<AttributedLists> {
  const positions = await database.nested<Positions>(`
    SELECT sample_id, list(token ORDER BY pos) AS tokens, list(round(features, 4) ORDER BY pos) AS features,
      list(round(error, 4) ORDER BY pos) AS error, list(round(bias, 4) ORDER BY pos) AS bias
    FROM token_attributions JOIN tokens USING (sample_id, pos)
    WHERE sae_id = '${saeId}' AND metric = '${metric}' GROUP BY sample_id ORDER BY sample_id`);
  const top = await database.nested<Top>(`
    SELECT sample_id,
      list([pos - 1, feature, round(feature_act, 3), round(attribution, 4)] ORDER BY rank_by_magnitude) AS top
    FROM attributions WHERE sae_id = '${saeId}' AND metric = '${metric}' AND rank_by_magnitude <= ${TOP}
    GROUP BY sample_id`);
  const topOf = new Map(top.map((row) => [row.sample_id, row.top]));
  return Object.fromEntries(
    positions.map(({ sample_id, ...list }) => [
      sample_id,
      { ...list, top: topOf.get(sample_id) ?? [] },
    ]),
  );
}
