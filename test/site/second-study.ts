import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

/** Features of the copies, so that their cards are built in no time; the strongest are among them. */
const FEATURES = 60;

/**
 * Copies of a study's results, one for each name: those called other than `miniature` say that they are a run. They have
 * few features. Each manifest is that of its copy.
 */
export async function copyStudies(from: string, root: string, names: readonly string[]) {
  for (const study of names) {
    const dir = join(root, study);
    mkdirSync(root, { recursive: true });
    cpSync(from, dir, { recursive: true });
    await keepFewFeatures(dir);
    const path = join(dir, 'manifest.json');
    const manifest = JSON.parse(readFileSync(path, 'utf8'));
    const kind = study === 'miniature' ? 'miniature' : 'run';
    Object.assign(manifest, {
      study,
      kind,
      model: kind === 'run' ? `models/${study}` : manifest.model,
    });
    const data = readFileSync(join(dir, 'features.parquet'));
    const sha256 = createHash('sha256').update(data).digest('hex');
    Object.assign(manifest.files['features.parquet'], {
      sha256,
      bytes: data.length,
      rows: FEATURES,
    });
    if (kind === 'run') {
      // The truth of the miniature's process, which no other model has.
      rmSync(join(dir, 'process_check.parquet'));
      delete manifest.files['process_check.parquet'];
    }
    writeFileSync(path, JSON.stringify(manifest));
  }
}

async function keepFewFeatures(dir: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const file = (table: string) => `'${join(dir, `${table}.parquet`)}'`;
  await connection.run(`CREATE TABLE kept AS
    SELECT f.* FROM read_parquet(${file('features')}) f
    JOIN (SELECT sae_id, feature, sum(abs(attribution)) AS size FROM read_parquet(${file('feature_attributions')}) GROUP BY ALL)
      USING (sae_id, feature)
    ORDER BY size DESC LIMIT ${FEATURES}`);
  await connection.run(`COPY kept TO ${file('features')} (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
}
