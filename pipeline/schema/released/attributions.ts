import { saeId, sampleId } from '../shared-columns.ts';
import { integer, nullable, real, table } from '../table.ts';
import { file, metric } from './tuple-columns.ts';

/** As for other studies, but activations and attributions were not released. */
export const attributions = table('attributions', 'one released attribution tuple', {
  sample_id: sampleId,
  file,
  sae_id: saeId,
  metric,
  pos: integer('position in the sequence of prompt and list, from 0'),
  feature: integer('index of the feature in the SAE'),
  feature_act: nullable(real('null: activations were not released')),
  attribution: nullable(real('null: attributions were not released', 'logits')),
  rank: integer(
    'rank in the file, from 1 for the largest attribution; over all SAEs in files that name hooks',
  ),
});
