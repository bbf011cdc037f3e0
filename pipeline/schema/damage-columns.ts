import { anySae } from './ablation-columns.ts';
import { oneOf } from './table.ts';

/** The arms of ablations whose cross-entropy is measured, on the first noise that is not the sampled list's. */
export const DAMAGE_ARMS = [
  'baseline',
  'resampled',
  'ablated',
  'random',
  'reconstruction',
] as const;

/** The SAE, protocol and arm of ablations whose cross-entropy is measured. */
export const damageArm = {
  sae_id: anySae,
  protocol: oneOf(['from-prompt'], 'as in ablations: the whole list is generated again'),
  arm: oneOf(DAMAGE_ARMS, 'as in ablations, at the study’s k, the first draw'),
};
