import type { EffectRow } from '../../schema/ablation-effects.ts';
import type { AblationRow } from '../../schema/ablations.ts';
import { type ListRow, listsById } from '../lists-by-id.ts';
import type { RewrittenList, ZeroedSae } from './tables.ts';

export type Rewritten = Omit<AblationRow, 'text' | 'token_ids'>;

/** The lists continued with `k` features of one SAE zeroed, each beside the list as it was. */
export const rewrittenLists = (
  rewritten: readonly Rewritten[],
  lists: readonly ListRow[],
  k: number,
): RewrittenList[] => {
  const byId = listsById(lists);
  return rewritten.flatMap((row) => {
    const before = byId.get(row.sample_id);
    const { sae_id, sample_id } = row;
    const isZeroed = row.protocol === 'continue' && row.arm === 'ablated' && row.k === k;
    if (!isZeroed || sae_id === null || before === undefined) return [];
    return [
      {
        sae_id,
        sample_id,
        topic: before.topic,
        items: row.n_items,
        itemsBefore: before.n_items,
        ended: row.ended,
        loops: row.n_repeats > 0 && before.n_repeats === 0,
      },
    ];
  });
};

/** What zeroing adds over random features in each list written again from the prompt, by SAE; draws are averaged. */
export function zeroedSaes(
  rewritten: readonly Rewritten[],
  lists: readonly ListRow[],
  { k, effects }: { readonly k: number; readonly effects: readonly EffectRow[] },
): ZeroedSae[] {
  const byId = listsById(lists);
  const rows = rewritten.filter((row) => row.protocol === 'from-prompt' && row.k === k);
  const bySae = Map.groupBy(rows, ({ sae_id }) => sae_id);
  return [...bySae].flatMap(([sae_id, of]) => {
    if (sae_id === null) return [];
    const samples = Map.groupBy(of, ({ sample_id }) => sample_id);
    const overRandom = [...samples].flatMap(([sample, written]) => {
      const [zeroed, random] = ['ablated', 'random'].map((arm) => meanItems(written, arm));
      const topic = byId.get(sample)?.topic;
      if (zeroed == null || random == null || topic === undefined) return [];
      return [{ topic, items: zeroed - random }];
    });
    return [{ sae_id, overRandom, pAdjusted: adjustedP(effects, sae_id, k) }];
  });
}

function meanItems(written: readonly Rewritten[], arm: string): number | null {
  const of = written.filter((row) => row.arm === arm);
  return of.length === 0 ? null : of.reduce((sum, { n_items }) => sum + n_items, 0) / of.length;
}

/** The p-value of an SAE’s effect on items, adjusted for the number of SAEs; null where the table has none. */
function adjustedP(effects: readonly EffectRow[], sae: string, k: number): number | null {
  const effect = effects.find(
    (row) =>
      row.sae_id === sae &&
      row.protocol === 'from-prompt' &&
      row.arm === 'ablated' &&
      row.k === k &&
      row.topic === null &&
      row.metric === 'n_items',
  );
  if (effect === undefined || !('p_adjusted' in effect)) return null;
  return typeof effect.p_adjusted === 'number' ? effect.p_adjusted : null;
}
