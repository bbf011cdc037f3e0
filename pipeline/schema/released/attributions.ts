import { saeId, sampleId } from '../shared-columns.ts';
import { integer, nullable, real, table } from '../table.ts';
import { file, metric } from './tuple-columns.ts';

/** As of any study, but that no values were released. */
export const attributions = table('attributions', 'one released attribution tuple', {
  sample_id: sampleId,
  file,
  sae_id: saeId,
  metric,
  pos: integer('position in the whole sequence, from 0'),
  feature: integer('feature of the SAE'),
  feature_act: nullable(real('none: no activations were released')),
  attribution: nullable(real('none: no values were released', 'logits')),
  rank: integer(
    'place in the file’s list, from 1, the most attributed; over all SAEs of a file that names hooks',
  ),
});
