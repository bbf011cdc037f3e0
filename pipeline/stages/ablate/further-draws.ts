import type { Settings } from '../../study/study.ts';
import type { Target } from './target.ts';

/**
 * How often each list is written again under each edit with other random draws, so that an arm has as many lists as the
 * study asks for. The first lists of the topics come first; no list gets more draws than there are resamplings, with which
 * they are compared.
 * @param moves whether the SAE's edits move the metric beyond their controls: then the study asks for more
 */
export function furtherDraws(
  targets: readonly Target[],
  moves: boolean,
  { ablation: { lists, draws } }: Pick<Settings, 'ablation'>,
): ReadonlyMap<Target, number> {
  const wanted = lists === undefined ? 0 : moves ? lists.ifMoved : lists.least;
  const missing = Math.max(0, wanted - targets.length);
  const inOrder = targets.toSorted((a, b) => a.list.replicate - b.list.replicate);
  return new Map(
    inOrder.map((target, i) => {
      const n = Math.ceil((missing - i) / targets.length);
      return [target, Math.min(draws, Math.max(0, n))];
    }),
  );
}
