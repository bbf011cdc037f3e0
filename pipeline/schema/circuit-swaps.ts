import { nNodes } from './circuit-columns.ts';
import { direction, noShare } from './patching-columns.ts';
import { integer, nullable, oneOf, type Row, real, table } from './table.ts';

export const SWAP_PARTS = ['ranked', 'random', 'features', 'features and errors'] as const;
export type SwapPart = (typeof SWAP_PARTS)[number];

export const circuitSwaps = table(
  'circuit_swaps',
  'what part of the word’s effect on the last decision passes through some of the transcoders’ features',
  {
    direction,
    part: oneOf(
      SWAP_PARTS,
      'ranked: the features whose change with the word matters most by the graph (change of activation times effect for a unit); random: as many of the features that change; features: all of them; features and errors: all that MLPs add',
    ),
    n_nodes: nullable(nNodes),
    share: nullable(
      real(
        'share of the effect of the word on the metric blank_newline that is carried over when these features are set to their values in the run with the other word: mean of (changed − unchanged) over mean of (other run − unchanged)',
      ),
    ),
    ci_low: nullable(real('lower end of its confidence interval, over topics')),
    ci_high: nullable(real('upper end of its confidence interval')),
    reason: noShare,
    n: integer('lists', 'lists'),
  },
);

export type CircuitSwapRow = Row<typeof circuitSwaps>;
