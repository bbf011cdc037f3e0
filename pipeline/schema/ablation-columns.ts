import { saeId } from './shared-columns.ts';
import { integer, nullable, oneOf } from './table.ts';

/**
 * `from-prompt`: features of the prompt are ablated, the whole list is written again. `continue`: features up to the
 * last item's marker are ablated, and only what follows that marker is written again, so that no list gets shorter.
 */
export const PROTOCOLS = ['from-prompt', 'continue'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/**
 * `baseline`: the list as it was. `no-edit`: written again by the graph that could edit. `resampled`: written again
 * with other noise. `ablated`: the most attributed features zeroed. `random`: as many others, at the same positions.
 * `reconstruction`: what the SAE rebuilds in the activation's place, nothing zeroed.
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
  'whether the whole list is written again, or what follows the last item’s marker',
);

export const arm = oneOf(ARMS, 'what is done while the list is written');

export const k = nullable(integer('features zeroed at most; none where the arm zeroes none'));

export const anySae = nullable({ ...saeId, meaning: 'the SAE; none where the arm has none' });
