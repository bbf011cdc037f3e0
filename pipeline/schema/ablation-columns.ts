import { saeId } from './shared-columns.ts';
import { integer, nullable, oneOf } from './table.ts';

/**
 * `from-prompt`: features at positions of the prompt are ablated, and the whole list is generated again. `continue`:
 * features at positions up to the last item's marker are ablated, and only the tokens after this marker are generated
 * again, so that no list becomes shorter.
 */
export const PROTOCOLS = ['from-prompt', 'continue'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/**
 * `baseline`: the original list. `no-edit`: generated again by the graph with edits, with nothing edited. `resampled`:
 * generated again with other random draws. `ablated`: the features with the largest attributions are zeroed. `random`:
 * as many other active features are zeroed, at the same positions. `reconstruction`: the activation is replaced by the
 * SAE's reconstruction, with no feature zeroed.
 */
export const ARMS = [
  'baseline',
  'no-edit',
  'resampled',
  'ablated',
  'random',
  'reconstruction',
] as const;
export type Arm = (typeof ARMS)[number];

export const protocol = oneOf(
  PROTOCOLS,
  'whether the whole list is generated again, or only the tokens after the last item’s marker',
);

export const arm = oneOf(ARMS, 'the intervention while the list is generated');

export const k = nullable(
  integer('largest number of features zeroed; null for arms that zero no features'),
);

export const anySae = nullable({ ...saeId, meaning: 'the SAE; null for arms without an SAE' });
