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
 * as many other active features are zeroed, at the same positions. `substituted`: the features through which the prompt's
 * qualifier adds most to the metric are set to the values that they have when the qualifier is swapped.
 * `random-substituted`: as many others that change there, at the same positions. `reconstruction`: the activation is
 * replaced by the SAE's reconstruction, with no feature edited.
 */
export const ARMS = [
  'baseline',
  'no-edit',
  'resampled',
  'ablated',
  'random',
  'substituted',
  'random-substituted',
  'reconstruction',
] as const;
export type Arm = (typeof ARMS)[number];

/** The arms that edit features. */
export const EDIT_ARMS = [
  'ablated',
  'random',
  'substituted',
  'random-substituted',
] as const satisfies readonly Arm[];
export type EditArm = (typeof EDIT_ARMS)[number];

export const protocol = oneOf(
  PROTOCOLS,
  'whether the whole list is generated again, or only the tokens after the last item’s marker',
);

export const arm = oneOf(ARMS, 'the intervention while the list is generated');

export const k = nullable(
  integer('largest number of features edited; null for arms that edit no features'),
);

export const anySae = nullable({ ...saeId, meaning: 'the SAE; null for arms without an SAE' });
