import type { PatchRow } from '../../interp/patching/patch-residuals.ts';
import type { PatchingRow } from '../../schema/patching.ts';
import type { Direction } from '../../schema/patching-columns.ts';
import type { PatchingMapRow } from '../../schema/patching-map.ts';
import { clusterMean } from '../../stats/cluster-mean.ts';
import { clusterRatio } from '../../stats/cluster-ratio.ts';
import type { IntervalSettings } from '../../stats/estimate.ts';
import { runningRatio } from '../../stats/running-ratio.ts';
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

/** The map of one direction, as the effects come: only sums are kept, as it has many places. */
export interface PatchingMap {
  add(effects: readonly PatchEffect[]): void;
  /** One row for each layer and place. */
  rows(settings: IntervalSettings): PatchingMapRow[];
}

export function startMap(direction: Direction): PatchingMap {
  const cells = new Map<string, { readonly first: PatchEffect; readonly share: RunningShare }>();
  return {
    add(effects) {
      for (const effect of effects) {
        const key = cellKey(effect);
        const cell = cells.get(key) ?? { first: effect, share: runningShare() };
        cells.set(key, cell);
        cell.share.add(effect);
      }
    },
    rows: (settings) =>
      [...cells].map(([key, { first, share }]) => ({
        direction,
        layer: first.layer,
        place: first.place.place,
        region: first.place.region,
        label: first.place.label,
        ...share.columns(`patching map ${direction} ${key}`, settings),
      })),
  };
}

const cellKey = ({ layer, place }: PatchEffect): string => `${layer} ${place.place}`;

const byCell = (effects: readonly PatchEffect[]): [string, PatchEffect[]][] => [
  ...Map.groupBy(effects, cellKey),
];

type ShareColumns = Pick<
  PatchingMapRow,
  'share' | 'ci_low' | 'ci_high' | 'estimated_share' | 'reason' | 'n'
>;

/** The share of the word's effect that one layer and place carry, as the lists come. */
interface RunningShare {
  add(effect: PatchEffect): void;
  columns(key: string, settings: IntervalSettings): ShareColumns;
}

function runningShare(): RunningShare {
  const ratio = runningRatio();
  const sums = { whole: 0, estimate: 0, n: 0 };
  return {
    add({ moved, whole, estimate, topic }) {
      ratio.add(moved, whole, topic);
      sums.whole += whole;
      sums.estimate += estimate;
      sums.n += 1;
    },
    columns(key, settings) {
      const share = ratio.estimate(key, settings);
      return {
        share: share?.mean ?? null,
        ci_low: share?.ci_low ?? null,
        ci_high: share?.ci_high ?? null,
        estimated_share: share && sums.estimate / sums.n / (sums.whole / sums.n),
        reason: share === null ? ('effect includes 0' as const) : null,
        n: sums.n,
      };
    },
  };
}

function shareOf(
  cell: readonly PatchEffect[],
  key: string,
  settings: IntervalSettings,
): ShareColumns {
  const share = runningShare();
  for (const effect of cell) share.add(effect);
  return share.columns(key, settings);
}

type Amount = 'movedAtItems' | 'wholeAtItems';

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
