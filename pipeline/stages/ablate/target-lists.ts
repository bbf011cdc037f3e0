import type { Model } from '../../models/model.ts';
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
  model: { model },
  read,
}: Context<'sampling' | 'attribution' | 'ablation', 'model'>): Promise<Target[]> {
  const { templates } = attribution;
  const lists = listsAtTemperature(await read(completions), sampling.temperature, templates);
  const { capFactor } = ablation;
  return targetsOf(lists, await read(items), { capFactor, maxPositions: model.maxPositions });
}

/**
 * Upper bound on the tokens of an edited list: a kept prefix and the longest answer that may follow it, within the model's
 * positions.
 */
export function longestEditedList(
  { attribution, ablation }: Pick<Settings, 'attribution' | 'ablation'>,
  longest: Extent['longest'],
  { maxPositions }: Pick<Model, 'maxPositions'>,
): number {
  const list = longestOf(attribution.templates, longest);
  return Math.min(maxPositions, list + Math.ceil(ablation.capFactor * (list - longest.prompt)));
}
