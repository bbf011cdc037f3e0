import { path } from './attribution-columns.ts';
import { saeId, sampleId } from './shared-columns.ts';
import { integer, nullable, type Row, real, table } from './table.ts';

export const exactEffects = table(
  'exact_effects',
  'one feature at one position of one list, among the list’s largest attributions by either method, with what changing it alone does to the metric blank_newline',
  {
    sample_id: sampleId,
    sae_id: saeId,
    path,
    pos: integer('position in the sequence of prompt and list, from 0'),
    feature: integer('index of the feature in the SAE'),
    feature_act: real('activation of the feature at this position'),
    value: real(
      'the value that it is set to, that at the path’s start: 0, or its activation when the prompt’s qualifier is swapped',
    ),
    gradient: real(
      'its attribution to first order, by the gradient at the list as it is',
      'logits',
    ),
    integrated: nullable(
      real(
        'its attribution by integrated gradients along the path; null where the study has none',
        'logits',
      ),
    ),
    effect: real(
      'change of the metric when this value alone is set, the list’s tokens and the SAE’s error term kept and everything after it free to change; an exact attribution would be its negative',
      'logits',
    ),
  },
);

export type ExactEffectRow = Row<typeof exactEffects>;
