import { noShare } from './patching-columns.ts';
import { integer, integers, nullable, oneOf, type Row, real, table } from './table.ts';

/**
 * Ways to choose layers. By a score of each layer, the largest first: `patching`, where the shares of word, prompt and list
 * in residual patching change most; `single_layer`, its faithfulness alone; `attribution_patching`, the same to first order;
 * `attribution`, the attribution to its SAEs' features; `contribution`, what its attention and MLP add to the logit
 * difference directly; `lens`, the change of the logit lens. Without a score: `even`, `first`, `last`, and `random`, the
 * mean of several draws. By search: `greedy`, one layer after the other; `best`, of all sets.
 */
export const HEURISTICS = [
  'patching',
  'single_layer',
  'attribution_patching',
  'attribution',
  'contribution',
  'lens',
  'even',
  'first',
  'last',
  'random',
  'greedy',
  'best',
] as const;
export type Heuristic = (typeof HEURISTICS)[number];

/** Columns that are timed: they differ from run to run, and runs are not compared by them. */
export const TIMED_COLUMNS = ['seconds'] as const;

export const layerHeuristics = table(
  'layer_heuristics',
  'the layers that one way of choosing chooses, and what they carry of the word’s effect',
  {
    heuristic: oneOf(HEURISTICS, 'the way of choosing layers'),
    n_layers: integer('number of layers chosen', 'layers'),
    layers: integers('the layers; none for random, which is a mean over draws'),
    faithfulness: nullable(
      real(
        'share of the word’s effect on the metric blank_newline at the last item that is carried over where the outputs of attention and MLP of these layers are those after the swapped prompt: mean of (swapped − own) over mean of (all swapped − own), each by a forward pass',
      ),
    ),
    ci_low: nullable(real('lower end of its confidence interval')),
    ci_high: nullable(real('upper end of its confidence interval')),
    n: integer('number of lists', 'lists'),
    reason: noShare,
    memory_mb: real('memory that choosing takes, as planned for its largest graph', 'MB'),
    seconds: real('time that choosing took, on the machine of the manifest', 's'),
  },
);

export type HeuristicRow = Row<typeof layerHeuristics>;
