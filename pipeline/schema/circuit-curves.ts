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
    faithfulness: real(
      'share of the metric blank_newline that these features alone restore: (metric with them − metric without any) over (metric of the model − metric without any)',
    ),
    completeness: real('the same share when these features alone are taken away; lower is better'),
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
    faithfulness: real(
      'area under the faithfulness of a list against the logarithm of the number of features kept, from 1 to all, as a share of the whole width; mean over lists',
    ),
    faithfulness_low: real('lower end of its confidence interval, over topics'),
    faithfulness_high: real('upper end of its confidence interval'),
    completeness: real('the same area under completeness'),
    completeness_low: real('lower end of its confidence interval, over topics'),
    completeness_high: real('upper end of its confidence interval'),
    half: nullable(
      real(
        'features that the median list needs for a faithfulness of 0.5; null where it never has it',
        'features',
      ),
    ),
    n: integer('lists', 'lists'),
  },
);

export type CircuitAreaRow = Row<typeof circuitAreas>;
