import type { Heuristic } from './layer-heuristics.ts';
import { direction } from './patching-columns.ts';
import { integer, nullable, oneOf, type Row, real, table } from './table.ts';

/** What is compared with activation patching; `estimate` compares shares, the others rank layers. */
export const COMPARED = [
  'estimate',
  'single_layer',
  'attribution_patching',
  'attribution',
  'contribution',
  'lens',
] as const satisfies readonly (Heuristic | 'estimate')[];
export type Compared = (typeof COMPARED)[number];

export const patchingAgreement = table(
  'patching_agreement',
  'how far one other measure agrees with activation patching of the residual stream',
  {
    compared: oneOf(
      COMPARED,
      'estimate: the first-order shares of layers and kinds of positions, with the measured ones; otherwise a score of layers, as in layer_heuristics, with that of patching',
    ),
    direction,
    rank_correlation: nullable(
      real('Spearman’s rank correlation; null where one side is the same everywhere'),
    ),
    ci_low: nullable(real('lower end of its confidence interval')),
    ci_high: nullable(real('upper end of its confidence interval')),
    shared_top: nullable(
      integer('layers that are among the top_layers highest of both; null for estimate', 'layers'),
    ),
    top_layers: nullable(integer('number of highest layers that are compared', 'layers')),
    n_pairs: integer('number of values that are correlated'),
    n: integer('number of lists', 'lists'),
  },
);

export type AgreementRow = Row<typeof patchingAgreement>;
