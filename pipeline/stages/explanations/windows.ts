import { auc } from '../../stats/auc.ts';
import type { Described, SplitList } from './described.ts';
import type { Acts, Predict } from './rules.ts';

/** Positions from `start` to before `end`, of one list. */
export interface Window {
  readonly start: number;
  readonly end: number;
}

/** Tokens of a window; the last of a list may have fewer. */
const LENGTH = 16;

/** The held-out lists in windows. */
export function windowsOf(
  { starts }: Pick<Described, 'starts'>,
  lists: readonly Pick<SplitList, 'part'>[],
): Window[] {
  return lists.flatMap(({ part }, i) => {
    if (part !== 'held out') return [];
    const [from, to] = [starts[i]!, starts[i + 1]!];
    return Array.from({ length: Math.ceil((to - from) / LENGTH) }, (_, w) => {
      const start = from + w * LENGTH;
      return { start, end: Math.min(to, start + LENGTH) };
    });
  });
}

/** Whether a feature is active anywhere in a window. */
export const isActive = ({ start, end }: Window, acts: Acts): boolean =>
  acts.subarray(start, end).some((act) => act > 0);

/** Whether windows in which the feature is active have higher largest predictions than others. */
export function detectionAuc(
  predict: Predict,
  acts: Acts,
  windows: readonly Window[],
): number | null {
  const largest = ({ start, end }: Window): number =>
    Array.from({ length: end - start }, (_, i) => predict(start + i)).reduce((a, b) =>
      Math.max(a, b),
    );
  const [active, others] = [true, false].map((sort) =>
    windows.filter((window) => isActive(window, acts) === sort).map(largest),
  );
  return auc(active!, others!);
}
