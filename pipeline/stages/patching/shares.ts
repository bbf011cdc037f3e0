import type { PatchRow } from '../../interp/patching/patch-residuals.ts';
import type { PatchingRow } from '../../schema/patching.ts';
import type { Direction } from '../../schema/patching-columns.ts';
import type { PatchingMapRow } from '../../schema/patching-map.ts';
import { clusterMean } from '../../stats/cluster-mean.ts';
import { clusterRatio } from '../../stats/cluster-ratio.ts';
import type { IntervalSettings } from '../../stats/estimate.ts';
import type { Place } from './places.ts';

/** What patching one place of one list after one layer does to the metric, in logits. */
export interface PatchEffect {
  /** Index of the list. */
  readonly list: number;
  readonly topic: string;
  readonly layer: number;
  readonly place: Place;
  /** At the last item: patched − unpatched. */
  readonly moved: number;
  /** At the last item: source − unpatched. */
  readonly whole: number;
  /** `moved` to first order. */
  readonly estimate: number;
  /** The means of both over all items. */
  readonly movedAtItems: number;
  readonly wholeAtItems: number;
}

export function effectsOf(
  rows: readonly PatchRow[],
  topics: readonly string[],
  places: readonly (readonly Place[])[],
): PatchEffect[] {
  return rows.flatMap(({ base, source, patches }, list) =>
    patches.map(({ layer, place, patched, estimate }) => ({
      list,
      topic: topics[list]!,
      layer,
      place: places[list]![place]!,
      moved: patched.at(-1)! - base.at(-1)!,
      whole: source.at(-1)! - base.at(-1)!,
      estimate,
      movedAtItems: mean(patched) - mean(base),
      wholeAtItems: mean(source) - mean(base),
    })),
  );
}

/** One row for each layer and kind of positions. */
export const groupRows = (
  effects: readonly PatchEffect[],
  direction: Direction,
  settings: IntervalSettings,
): PatchingRow[] =>
  byCell(effects).map(([key, cell]) => {
    const { layer, place } = cell[0]!;
    const { n, ...share } = shareOf(cell, `patching ${direction} ${key}`, settings);
    const effect = clusterMean(
      { rows: cell, value: ({ whole }) => whole, cluster: ({ topic }) => topic },
      `effect of the word ${direction}`,
      settings,
    );
    const atItems = ratio(
      cell,
      { part: 'movedAtItems', whole: 'wholeAtItems' },
      { key: `patching at items ${direction} ${key}`, settings },
    );
    return {
      direction,
      layer,
      position_kind: place.region,
      ...share,
      share_all_items: atItems?.mean ?? null,
      all_items_low: atItems?.ci_low ?? null,
      all_items_high: atItems?.ci_high ?? null,
      effect: effect.mean,
      effect_low: effect.ci_low,
      effect_high: effect.ci_high,
      n,
    };
  });

/** One row for each layer and place of the map. */
export const mapRows = (
  effects: readonly PatchEffect[],
  direction: Direction,
  settings: IntervalSettings,
): PatchingMapRow[] =>
  byCell(effects).map(([key, cell]) => {
    const { layer, place } = cell[0]!;
    return {
      direction,
      layer,
      place: place.place,
      region: place.region,
      label: place.label,
      ...shareOf(cell, `patching map ${direction} ${key}`, settings),
    };
  });

const byCell = (effects: readonly PatchEffect[]): [string, PatchEffect[]][] => [
  ...Map.groupBy(effects, ({ layer, place }) => `${layer} ${place.place}`),
];

function shareOf(cell: readonly PatchEffect[], key: string, settings: IntervalSettings) {
  const share = ratio(cell, { part: 'moved', whole: 'whole' }, { key, settings });
  const whole = mean(cell.map((row) => row.whole));
  return {
    share: share?.mean ?? null,
    ci_low: share?.ci_low ?? null,
    ci_high: share?.ci_high ?? null,
    estimated_share: share === null ? null : mean(cell.map(({ estimate }) => estimate)) / whole,
    reason: share === null ? ('effect includes 0' as const) : null,
    n: cell.length,
  };
}

type Amount = 'moved' | 'whole' | 'movedAtItems' | 'wholeAtItems';

const ratio = (
  rows: readonly PatchEffect[],
  { part, whole }: Record<'part' | 'whole', Amount>,
  { key, settings }: { readonly key: string; readonly settings: IntervalSettings },
) =>
  clusterRatio(
    {
      rows,
      part: (row) => row[part],
      whole: (row) => row[whole],
      cluster: ({ topic }) => topic,
    },
    key,
    settings,
  );

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
