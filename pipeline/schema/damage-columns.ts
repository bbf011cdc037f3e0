import { anySae } from './ablation-columns.ts';
import { oneOf } from './table.ts';

/** Of the arms of ablations that are judged, one draw with other noise is enough. */
export const DAMAGE_ARMS = [
  'baseline',
  'resampled',
  'ablated',
  'random',
  'reconstruction',
] as const;

/** The SAE and arm of ablations whose lists are judged. */
export const judgedArm = {
  sae_id: anySae,
  protocol: oneOf(['from-prompt'], 'as in ablations: the whole list is written again'),
  arm: oneOf(DAMAGE_ARMS, 'as in ablations, at the study’s k; of resampled the first draw'),
};
