import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { quote } from '../engine/sql.ts';
import { readManifest } from '../schema/manifest.ts';

/** SQL: columns rounded to six digits. */
const rounded = (...columns: readonly string[]): string =>
  columns.map((column) => `round(${column}, 6) AS ${column}`).join(', ');

const INTERVAL = rounded('mean', 'ci_low', 'ci_high');

/** SAEs whose maps the write-up shows, and the number of their features that are published. */
const MAPPED_SAES = ['res_5', 'res_20', 'att_7', 'att_14'];
const FEATURES = 25;

/**
 * SQL of each published file of the study of released data: counts, means, intervals, and feature ids, but no text that
 * the model wrote.
 */
const PUBLISHED: Readonly<Record<string, string>> = {
  'original-columns.csv': `
    SELECT table_name, table_row, column_name, meaning, unit, allowed_values FROM columns
    WHERE table_name IN ('released_files', 'audit', 'item_counts', 'author_lists', 'ablation_counts', 'ablation_effects',
      'tuple_counts', 'tuple_tops', 'topic_heat', 'named_features', 'claims')`,
  'original-files.csv': `
    SELECT * EXCLUDE (mean_items, mean_hyphens), ${rounded('mean_items', 'mean_hyphens')} FROM released_files`,
  'original-audit.csv': `
    SELECT quantity, rule, template, temperature, topic, items_from_end, ${INTERVAL}, n FROM audit`,
  'original-item-counts.csv': 'FROM item_counts',
  'original-lists.csv': `
    SELECT topic, replicate, n_items, n_hyphens, n_lines, n_distinct_lines, ${rounded('shannon_lines')}
    FROM completions JOIN author_lists USING (sample_id)
    WHERE template = 'short' AND temperature = 0.8 ORDER BY topic, replicate`,
  // Three digits more than the author's tables print, which are means of these.
  'original-ablation-counts.csv': `
    SELECT sae_id, topic, COLUMNS('^n'), round(COLUMNS('^(hyphens|lines|items|shannon)_'), 9)
    FROM ablation_counts ORDER BY topic, sae_id`,
  'original-ablation-effects.csv': `
    SELECT sae_id, topic, metric, ${INTERVAL}, ${rounded('variance', 'arm_mean')}, n FROM ablation_effects
    WHERE sae_id IS NULL OR topic IS NULL`,
  'original-tuples.csv': 'FROM tuple_counts',
  // In the order of the write-up, which the table has.
  'original-claims.csv': `
    SELECT row_number() OVER () AS place, * FROM claims`,
  'original-tuple-tops.csv': `
    SELECT sae_id, topic, array_to_string(smallest, ' ') AS smallest, array_to_string(most_frequent, ' ') AS most_frequent
    FROM tuple_tops WHERE sae_id = 'att_7' AND file LIKE '%top_200%'`,
  'original-named-features.csv': `
    SELECT * EXCLUDE (relative_position), ${rounded('relative_position')} FROM named_features`,
  'original-topic-heat.csv': `
    WITH ranked AS (
      SELECT sae_id, feature, row_number() OVER (PARTITION BY sae_id ORDER BY count(*) DESC, feature) AS place
      FROM cluster_cells WHERE sae_id IN (${MAPPED_SAES.map(quote).join(', ')}) GROUP BY sae_id, feature)
    SELECT sae_id, feature, place, topic, ${rounded('value')} FROM topic_heat JOIN ranked USING (sae_id, feature)
    WHERE place <= ${FEATURES} AND value > 0 ORDER BY sae_id, place, topic`,
};

/**
 * Write a study's aggregates as CSV files, each to a temporary name that is then renamed. Equal tables give equal bytes.
 * @param results folder of the study's verified tables
 * @returns the paths of the files
 */
export async function publishAggregates(results: string, targetDir: string): Promise<string[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  mkdirSync(targetDir, { recursive: true });
  const paths: string[] = [];
  try {
    for (const [file, { table }] of Object.entries(readManifest(results)?.files ?? {})) {
      const parquet = quote(join(results, file));
      await connection.run(`CREATE VIEW ${table} AS FROM read_parquet(${parquet})`);
    }
    for (const [name, sql] of Object.entries(PUBLISHED)) {
      const path = join(targetDir, name);
      const partial = `${path}.tmp`;
      rmSync(partial, { force: true });
      await connection.run(`COPY (${sql}) TO ${quote(partial)} (FORMAT csv, HEADER)`);
      renameSync(partial, path);
      paths.push(path);
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
  return paths;
}
