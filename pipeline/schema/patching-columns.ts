import { nullable, oneOf, real } from './table.ts';

/**
 * `noising`: the list's own run takes values from the run with the swapped word, which may destroy the effect.
 * `denoising`: the run with the swapped word takes values from the list's own run, which may restore it.
 */
export const DIRECTIONS = ['noising', 'denoising'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** `word`: the prompt's qualifier. `prompt`: the rest of the prompt after it. `list`: from the first marker on. */
export const PATCHED_KINDS = ['word', 'prompt', 'list'] as const;
export type PatchedKind = (typeof PATCHED_KINDS)[number];

export const direction = oneOf(
  DIRECTIONS,
  'noising: the list’s own run takes the values of the run with the swapped word; denoising: the other way round',
);

/** Why a share is null: the interval of the word’s effect, by which it would be divided, includes 0. */
export const NO_SHARE = ['effect includes 0'] as const;

export const noShare = nullable(
  oneOf(
    NO_SHARE,
    'why there is no share: the interval of the effect includes 0; null where there is one',
  ),
);

/** A share of the word's effect, with its interval. */
export const shareColumns = {
  share: nullable(
    real(
      'share of the effect of the word on the metric blank_newline at the last item that the patch carries over: mean of (patched − unpatched) over mean of (source − unpatched)',
    ),
  ),
  ci_low: nullable(real('lower end of its confidence interval')),
  ci_high: nullable(real('upper end of its confidence interval')),
  estimated_share: nullable(
    real(
      'the same share to first order, by attribution patching: difference of the values times the gradient',
    ),
  ),
};
