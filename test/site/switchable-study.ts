import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeParquet } from '../../pipeline/engine/parquet.ts';
import { type ExplanationRow, explanations } from '../../pipeline/schema/explanations.ts';
import { type LiveFeatureRow, liveFeatures } from '../../pipeline/schema/live-features.ts';
import { OWN_FILE } from '../../pipeline/schema/own-file.ts';
import { sha256 } from '../../pipeline/schema/sha256.ts';
import type { Table } from '../../pipeline/schema/table.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import { editManifest } from './results-folders.ts';

const { dModel } = OWN_FILE.dims;

/** Features that a study might have: active everywhere, and strong enough that lists without them are others. */
export const SWITCHABLE: readonly LiveFeatureRow[] = [7, 40].map((feature): LiveFeatureRow => {
  const random = keyedRandom(feature, 'decoder');
  const row = (scale: number) => Array.from({ length: dModel }, () => scale * (random() - 0.5));
  return {
    feature_id: `res_12_${feature}`,
    sae_id: 'res_12',
    feature,
    hook: 'blocks.12.hook_resid_post',
    encoder: row(0.01),
    bias: 4,
    threshold: 0.5,
    decoder: row(1),
  };
});

const LABELS = SWITCHABLE.map(
  ({ feature_id, sae_id, feature }): ExplanationRow => ({
    feature_id,
    sae_id,
    feature,
    sae_family: 'res',
    method: 'rule',
    rule: 'token',
    label: `active at token ${feature}`,
    detection_auc: 0.5,
    token_auc: 0.5,
    output_score: 0.5,
    shuffled_auc: 0.5,
    n_held_out: 10,
  }),
);

/** Give a published study, in a folder of its own, these features. */
export async function makeSwitchable(dir: string): Promise<void> {
  await addTable(dir, liveFeatures, SWITCHABLE);
  await addTable(dir, explanations, LABELS);
}

async function addTable<T extends Table>(
  dir: string,
  table: T,
  rows: Parameters<typeof writeParquet<T>>[2],
): Promise<void> {
  const file = `${table.name}.parquet`;
  const path = join(dir, file);
  await writeParquet(path, table, rows);
  editManifest(dir, ({ files }) => {
    const [like] = Object.values(files) as { stage: string; metadata: object }[];
    files[file] = {
      ...like,
      table: table.name,
      row: table.name,
      rows: rows.length,
      bytes: statSync(path).size,
      sha256: sha256(readFileSync(path)),
    };
  });
}
