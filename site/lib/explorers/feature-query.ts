import type { Study } from '../study/studies.ts';
import type { FeatureRow } from './feature-list.ts';

/** The table of features, by SAE and feature; numbers to the digits that it shows. */
export const listFeatures = async ({ database }: Study): Promise<FeatureRow[]> =>
  (await database.all(`
    SELECT feature_id, sae_id, family, place, n_samples, round(topics, 1) AS topics,
      round(blank_newline, 3) AS blank_newline, round(end_hyphen, 3) AS end_hyphen, promotes
    FROM feature_list ORDER BY sae_order(sae_id), feature`)) as FeatureRow[];
