import { integer, nullable, oneOf, type Row, real, table } from './table.ts';

export const TESTED = ['graph features', 'random features', 'edges'] as const;
export type Tested = (typeof TESTED)[number];

export const HELD = ['nothing', 'attention patterns', 'other MLPs'] as const;
export type HeldPart = (typeof HELD)[number];

export const circuitAgreement = table(
  'circuit_agreement',
  'how well attribution graphs predict what interventions do, over all tested lists',
  {
    tested: oneOf(
      TESTED,
      'the most influential features of each graph; as many active features at random, each in the layer and at the position of one of these; the edges of each graph with the most influence',
    ),
    held: oneOf(HELD, 'what was held while a node or edge was taken away'),
    sign_by_mass: nullable(
      real(
        'share of the magnitude of all measured changes whose sign was predicted; null where nothing changes',
      ),
    ),
    ci_low: nullable(real('lower end of its confidence interval, over topics')),
    ci_high: nullable(real('upper end of its confidence interval, over topics')),
    rank_correlation: nullable(
      real('Spearman correlation of predicted and measured changes within a list, mean over lists'),
    ),
    rank_low: nullable(real('lower end of its confidence interval')),
    rank_high: nullable(real('upper end of its confidence interval')),
    mean_predicted: real('mean magnitude of the predicted changes'),
    mean_measured: real('mean magnitude of the measured changes'),
    n_tests: integer('nodes or edges that were taken away', 'tests'),
    n: integer('lists', 'lists'),
  },
);

export type CircuitAgreementRow = Row<typeof circuitAgreement>;
