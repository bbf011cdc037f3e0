import { nNodes, ranking, rest } from './circuit-columns.ts';
import { sampleId } from './shared-columns.ts';
import { flag, integer, nullable, type Row, real, table } from './table.ts';

export const circuitCurves = table(
  'circuit_curves',
  'one list’s last decision, with some of its features kept, or these taken away',
  {
    sample_id: sampleId,
    ranking,
    rest,
    errors: flag('whether the transcoders’ errors are kept, recomputed from what their MLPs give'),
    n_nodes: nNodes,
    kept: real('metric blank_newline with these features alone', 'logits'),
    removed: real(
      'metric when these features alone are taken away; others, which become active only then, stay',
      'logits',
    ),
    none: real('metric without any feature', 'logits'),
    all: real('metric of the model as it is', 'logits'),
    faithfulness: nullable(
      real(
        'share of the metric that these features alone restore: (kept − none) over (all − none); null where all and none differ by less than half a logit',
      ),
    ),
    completeness: nullable(
      real(
        'the same share when these features alone are taken away: (removed − none) over (all − none); lower is better',
      ),
    ),
  },
);

export type CircuitCurveRow = Row<typeof circuitCurves>;

export const circuitAreas = table(
  'circuit_areas',
  'the mean curve of one ranking: how much of the last decision its first features explain',
  {
    ranking,
    rest,
    errors: flag('whether the transcoders’ errors are kept'),
    faithfulness: nullable(
      real(
        'area under the faithfulness against the logarithm of the number of features kept, from 1 to all, as a share of the whole width: mean over lists of the area of kept − none, over the mean of all − none; null where the interval of the latter includes 0',
      ),
    ),
    faithfulness_low: nullable(real('lower end of its confidence interval, over topics')),
    faithfulness_high: nullable(real('upper end of its confidence interval')),
    completeness: nullable(real('the same area under completeness; lower is better')),
    completeness_low: nullable(real('lower end of its confidence interval, over topics')),
    completeness_high: nullable(real('upper end of its confidence interval')),
    half: nullable(
      real(
        'the fewest features of a list with which the mean over lists of kept − none is half of that of all − none; null where it never is',
        'features',
      ),
    ),
    n: integer('lists', 'lists'),
  },
);

export type CircuitAreaRow = Row<typeof circuitAreas>;
