import { CHOSEN_ARMS, controlArm, k, protocol } from './ablation-columns.ts';
import { METRICS } from './ablation-effects.ts';
import { p } from './baseline-columns.ts';
import { saeId } from './shared-columns.ts';
import { integer, nullable, oneOf, type Row, real, table } from './table.ts';

export const ablationContrasts = table(
  'ablation_contrasts',
  'how much more the chosen features of one SAE change a metric than a control does',
  {
    sae_id: saeId,
    protocol,
    arm: oneOf(CHOSEN_ARMS, 'how the features were chosen, and what they are set to'),
    control: controlArm,
    k,
    metric: oneOf(METRICS, 'as in ablation_effects'),
    mean: real(
      'mean difference between lists with the chosen features edited and lists with the control’s, on the same noise',
      'unit of the metric',
    ),
    ci_low: real('lower end of the confidence interval', 'unit of the metric'),
    ci_high: real('upper end of the confidence interval', 'unit of the metric'),
    p,
    p_adjusted: nullable(
      real('p adjusted over the SAEs, by protocol, arm, control and metric (Holm)'),
    ),
    share_topics: nullable(
      real('share of topics whose own mean difference has the sign of the mean; null for ratios'),
    ),
    n_cut: integer(
      'lists of either side that the limit on new tokens cut: their items are a lower bound',
      'lists',
    ),
    n: integer('pairs of lists; for forced_metric, lists', 'pairs'),
  },
);

export type ContrastRow = Row<typeof ablationContrasts>;
