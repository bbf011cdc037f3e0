import { completions } from '../../schema/completions.ts';
import { items } from '../../schema/items.ts';
import type { Settings } from '../../study/study.ts';
import type { Context } from '../define.ts';
import { type Extent, longestOf } from '../extent.ts';
import { listsAtTemperature } from '../lists-by-id.ts';
import { type Target, targetsOf } from './target.ts';

/** The lists that `6-attribute` looked at. */
export async function readTargets({
  study: { sampling, attribution, ablation },
  read,
}: Context<'sampling' | 'attribution' | 'ablation', never>): Promise<Target[]> {
  const lists = listsAtTemperature(
    await read(completions),
    sampling.temperature,
    attribution.templates,
  );
  return targetsOf(lists, await read(items), ablation.capFactor);
}

/** Tokens of the longest sequence that the model may write: a list to its last item, and as much again as it may get. */
export function longestAnswer(
  { attribution, ablation }: Pick<Settings, 'attribution' | 'ablation'>,
  longest: Extent['longest'],
): number {
  const list = longestOf(attribution.templates, longest);
  return list + Math.ceil(ablation.capFactor * (list - longest.prompt));
}
