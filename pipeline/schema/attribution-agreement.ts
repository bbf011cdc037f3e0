import { method, path } from './attribution-columns.ts';
import { saeId } from './shared-columns.ts';
import { integer, nullable, type Row, real, table } from './table.ts';

export const attributionAgreement = table(
  'attribution_agreement',
  'how well one method of attribution agrees with the exact effects of one SAE’s features on the metric blank_newline, along one path',
  {
    sae_id: saeId,
    method,
    path,
    sign_by_mass: nullable(
      real(
        'of the features at the prompt’s positions, where features are edited, with an exact effect of at least 0.1: the share of these effects’ total magnitude that is in features whose attribution has the right sign; null where there is none',
      ),
    ),
    ci_low: nullable(real('lower end of the confidence interval of sign_by_mass, over topics')),
    ci_high: nullable(real('upper end of the confidence interval of sign_by_mass, over topics')),
    rank_correlation: nullable(
      real(
        'of the same features: Spearman correlation of attributions and exact effects (negated) within a list, mean over lists; null where no list has one',
      ),
    ),
    rank_low: nullable(real('lower end of the confidence interval of rank_correlation')),
    rank_high: nullable(real('upper end of the confidence interval of rank_correlation')),
    completeness_error: nullable(
      real(
        'how far the attributions of all features are from adding up to the metric’s difference between the ends of the path, as a share of that difference, both in magnitude and summed over all attributed lists; null where the difference was not measured',
      ),
    ),
    effect_mass: real(
      'total magnitude of the exact effects of at least 0.1 of a list’s features at the prompt’s positions, mean over lists',
      'logits',
    ),
    list_sign_by_mass: nullable(
      real(
        'sign_by_mass of the features at all positions, those of the last item among them, and of all effects',
      ),
    ),
    list_low: nullable(real('lower end of the confidence interval of list_sign_by_mass')),
    list_high: nullable(real('upper end of the confidence interval of list_sign_by_mass')),
    list_rank_correlation: nullable(
      real('rank_correlation of the features at all positions, and of all effects'),
    ),
    list_rank_low: nullable(real('lower end of the confidence interval of list_rank_correlation')),
    list_rank_high: nullable(real('upper end of the confidence interval of list_rank_correlation')),
    n_cells: integer(
      'exact effects of at least 0.1 at the prompt’s positions, of all lists',
      'features',
    ),
    n: integer('lists with exact effects', 'lists'),
  },
);

export type AgreementRow = Row<typeof attributionAgreement>;
