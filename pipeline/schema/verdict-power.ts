import { VERDICTS } from './claims.ts';
import { integer, oneOf, type Row, real, table, text } from './table.ts';

export const TRUTHS = ['true', 'false'] as const;
export type Truth = (typeof TRUTHS)[number];

export const verdictPower = table(
  'verdict_power',
  'how often the rule of a claim comes to one verdict on simulated lists of 23 topics, five of each',
  {
    claim_id: text('name of the claim'),
    truth: oneOf(TRUTHS, 'whether the claim is true of the simulated lists'),
    simulated: text('what the simulated lists are like'),
    verdict: oneOf(VERDICTS, 'the verdict of the rule'),
    share: real('share of the simulations with this verdict'),
    n: integer('simulations'),
  },
);

export type PowerRow = Row<typeof verdictPower>;
