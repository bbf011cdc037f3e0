import type { Verdict } from '../../schema/claims.ts';
import { difference, type Estimator, type Observation } from './estimator.ts';
import { type CommonTables, mainLists, type RewrittenList } from './tables.ts';
import { exceeds, type Interval, near } from './verdict.ts';

/** The SAE of the residual stream’s first layer. */
export const FIRST = 'res_0';
/** The smallest difference in items that would count. */
export const ONE_ITEM = 1;
/** Of adjusted p-values. */
export const LEVEL = 0.05;
/** A length is near another within a fifth of that. */
export const NEAR = 0.2;

/** A quantity of the lists of one SAE. */
interface OfSae {
  readonly sae_id: string;
  readonly of: Interval;
}

/** What one SAE’s zeroed features add over random ones, in items. */
export interface OverRandom {
  readonly sae_id: string;
  readonly items: readonly Observation[];
  readonly pAdjusted: number | null;
}

export function overRandom(saes: readonly OverRandom[], estimate: Estimator) {
  const found = saes.flatMap(({ sae_id, items, pAdjusted }) => {
    const of = estimate.meanAmong(items, `longer ${sae_id}`, saes.length);
    return of === null ? [] : [{ sae_id, of, pAdjusted }];
  });
  return found.length === 0 ? null : found;
}

export function lengthens({ of, pAdjusted }: OfSae & Pick<OverRandom, 'pAdjusted'>): Verdict {
  const verdict = exceeds(of, { beyond: 0, size: ONE_ITEM });
  const survives = pAdjusted === null || pAdjusted < LEVEL;
  return survives || verdict === 'does not hold' ? verdict : 'cannot be decided';
}

/** One estimate for each SAE. @param among whether intervals allow for the number of SAEs */
function bySae(
  rewritten: readonly RewrittenList[],
  value: (list: RewrittenList) => number,
  { estimate, key, among }: { readonly estimate: Estimator; key: string; among: boolean },
): OfSae[] | null {
  const saes = [...Map.groupBy(rewritten, ({ sae_id }) => sae_id)];
  const found = saes.flatMap(([sae_id, of]) => {
    const observations = of.map((list) => ({ cluster: list.topic, value: value(list) }));
    const tests = among ? saes.length : 1;
    const estimated = estimate.meanAmong(observations, `${key} ${sae_id}`, tests);
    return estimated === null ? [] : [{ sae_id, of: estimated }];
  });
  return found.length === 0 ? null : found;
}

export const effectsOf = (rewritten: readonly RewrittenList[], estimate: Estimator) =>
  bySae(rewritten, ({ items, itemsBefore }) => items - itemsBefore, {
    estimate,
    key: 'effect',
    among: false,
  });

export const endedBySae = (rewritten: readonly RewrittenList[], estimate: Estimator) =>
  bySae(rewritten, ({ ended }) => Number(ended), { estimate, key: 'ended', among: true });

export const loopsBySae = (rewritten: readonly RewrittenList[], estimate: Estimator) =>
  bySae(rewritten, ({ loops }) => Number(loops), { estimate, key: 'loops', among: true });

/** How much the first layer’s effect exceeds each other one, on the same lists. */
export function leadOf(rewritten: readonly RewrittenList[], estimate: Estimator) {
  const own = rewritten.filter(({ sae_id }) => sae_id === FIRST);
  const effect = effectsOf(own, estimate)?.[0]?.of;
  const itemsOf = Map.groupBy(own, ({ sample_id }) => sample_id);
  const others = Map.groupBy(
    rewritten.filter(({ sae_id }) => sae_id !== FIRST),
    ({ sae_id }) => sae_id,
  );
  const leads = [...others].flatMap(([sae_id, of]) => {
    const paired = of.flatMap(({ sample_id, topic, items }) => {
      const same = itemsOf.get(sample_id);
      return same ? [{ cluster: topic, value: meanItems(same) - items }] : [];
    });
    const lead = estimate.mean(paired, `lead over ${sae_id}`);
    return lead === null ? [] : [{ sae_id, of: lead }];
  });
  if (effect === undefined || leads.length === 0) return null;
  const cut = own.filter(({ ended }) => !ended).length / own.length;
  return { effect, leads, cut };
}

const meanItems = (of: readonly RewrittenList[]): number =>
  of.reduce((sum, { items }) => sum + items, 0) / of.length;

/** The topics whose lists gain more than an item. @param printed the write-up’s figures */
export function topicsAbove(
  rewritten: readonly RewrittenList[],
  estimate: Estimator,
  printed: readonly { readonly items_mean: number }[],
) {
  const byTopic = [...Map.groupBy(rewritten, ({ topic }) => topic)].map(([cluster, of]) => {
    const gain = of.reduce((sum, { items, itemsBefore }) => sum + items - itemsBefore, 0);
    return { cluster, value: Number(gain / of.length > 1) };
  });
  const share = estimate.mean(byTopic, 'topics above one item');
  if (share === null) return null;
  return {
    share,
    n: byTopic.filter(({ value }) => value === 1).length,
    of: byTopic.length,
    printed:
      printed.length === 0 ? null : printed.filter(({ items_mean }) => items_mean > 1).length,
  };
}

/** How far the lists of one SAE are from the lists that they are said to come near, in items. */
export interface Distance extends OfSae {
  readonly items: number;
  readonly template: number;
}

export const isNear = ({ of, template }: Distance): Verdict =>
  near(of, { target: 0, tolerance: NEAR * template });

export function distances(tables: CommonTables, estimate: Estimator): Distance[] | null {
  const length = (template: 'long' | 'plain') =>
    estimate.mean(
      mainLists(tables, template).map(({ topic, n_items }) => ({ cluster: topic, value: n_items })),
      `items ${template}`,
    );
  return distancesFrom(
    tables.continued,
    { long: length('long'), plain: length('plain') },
    estimate,
  );
}

export function distancesFrom(
  rewritten: readonly RewrittenList[],
  { long, plain }: { readonly long: Interval | null; readonly plain: Interval | null },
  estimate: Estimator,
): Distance[] | null {
  const saes = bySae(rewritten, ({ items }) => items, { estimate, key: 'items', among: false });
  if (saes === null || long === null || plain === null) return null;
  return saes.map(({ sae_id, of }) => {
    const template = sae_id === FIRST ? long : plain;
    return {
      sae_id,
      items: of.mean,
      template: template.mean,
      of: difference(of, template),
    };
  });
}
