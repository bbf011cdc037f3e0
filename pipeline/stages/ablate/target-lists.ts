import { completions } from '../../schema/completions.ts';
import { items } from '../../schema/items.ts';
import type { Settings } from '../../study/study.ts';
import type { Context } from '../define.ts';
import { type Extent, longestOf } from '../extent.ts';
import { listsAtTemperature } from '../lists-by-id.ts';
import { type Target, targetsOf } from './target.ts';

/** The lists whose end `6-attribute` attributes. */
export async function readTargets({
  study: { sampling, attribution, ablation },
  read,
}: Context<'sampling' | 'attribution' | 'ablation', never>): Promise<Target[]> {
  const { templates } = attribution;
  const lists = listsAtTemperature(await read(completions), sampling.temperature, templates);
  return targetsOf(lists, await read(items), ablation.capFactor);
}

/** Upper bound on the tokens of an edited list: a kept prefix and the longest answer that may follow it. */
export function longestEditedList(
  { attribution, ablation }: Pick<Settings, 'attribution' | 'ablation'>,
  longest: Extent['longest'],
): number {
  const list = longestOf(attribution.templates, longest);
  return list + Math.ceil(ablation.capFactor * (list - longest.prompt));
}
