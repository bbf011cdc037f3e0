import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { writeParquet } from '../../pipeline/engine/parquet.ts';
import { type FileEntry, type Provenance, writeManifest } from '../../pipeline/schema/manifest.ts';
import { sha256 } from '../../pipeline/schema/sha256.ts';
import { PROVENANCE as BASE } from '../provenance.ts';
import { schemaRows, schemaTables } from './schema-rows.ts';

/** Small tables of fixed numbers, where figures need more than what a declaration alone gives (`schema-rows.ts`). */
const TABLES: Readonly<Record<string, string>> = {
  completions: `
    SELECT lower(topic) || '_' || template || '_' || replicate AS sample_id, template, topic,
      0.8::DOUBLE AS temperature, replicate::INT AS replicate, (base + replicate)::INT AS n_items, true AS ended, replicate = 2 AS loops
    FROM (VALUES ('short', 4), ('plain', 9), ('long', 28)) AS t(template, base),
      (VALUES ('Rivers'), ('Fruits')) AS u(topic), range(3) AS r(replicate)`,
  items: `
    SELECT lower(topic) || '_' || template || '_' || replicate AS sample_id, i::INT AS item_index, 1 + i % 2 AS n_tokens, 'Name ' || i AS text,
      (3 - i)::INT AS items_from_end, i = 3 AS blank_after
    FROM (VALUES ('short'), ('plain'), ('long')) AS t(template), (VALUES ('Rivers'), ('Fruits')) AS u(topic),
      range(3) AS r(replicate), range(4) AS n(i)`,
  exploration: `
    SELECT finding, template, temperature, topic, items_from_end, metric, scaled AS mean,
      0.9 * scaled AS ci_low, 1.1 * scaled AS ci_high, 6 AS n
    FROM (VALUES
      ('items_per_list', 'n_items', NULL, 5.0), ('tokens_per_item', 'n_tokens', NULL, 1.2),
      ('ended', 'ended', NULL, 0.9), ('loops', 'loops', NULL, 0.05), ('loops', 'n_items', NULL, 4.5),
      ('repeats', 'has_repeat', NULL, 0.1), ('repeats', 'n_repeats', NULL, 0.2),
      ('blank_before_end', 'blank_after', 0, 0.8), ('blank_before_end', 'blank_after', 1, 0.3))
      AS f(finding, metric, items_from_end, mean),
      (VALUES ('short', 0.5), ('short', 0.8), ('plain', 0.8), ('long', 0.8))
      AS t(template, temperature),
      (VALUES (NULL, 1), ('Rivers', 0.8), ('Fruits', 0.9)) AS u(topic, share),
      LATERAL (SELECT mean * share * (1 - length(template) % 4 / 10 - temperature / 10) AS scaled)
    WHERE topic IS NULL OR coalesce(items_from_end, 0) = 0`,
  entropy_summary: `
    SELECT template, condition, position_kind, item_index, items_from_end, quantity,
      mean, mean - 0.05 AS ci_low, mean + 0.05 AS ci_high, 20 AS n
    FROM (VALUES ('short'), ('long')) AS t(template),
      (VALUES ('clean', 0.3), ('corrupted', 0.1)) AS c(condition, start),
      (VALUES ('item', 0.1), ('newline', 0.05)) AS k(position_kind, step),
      (VALUES ('entropy'), ('true_entropy'), ('p_end'), ('p_again'), ('p_item_end')) AS q(quantity),
      (VALUES (0, NULL), (1, NULL), (2, NULL), (NULL, 1), (NULL, 0)) AS p(item_index, items_from_end),
      LATERAL (SELECT start + step * coalesce(item_index, 2 - items_from_end) AS mean)`,
  logit_lens_summary: `
    SELECT proxy, template, item_index, items_from_end, layer, component, mean,
      mean - 0.2 AS ci_low, mean + 0.2 AS ci_high, 20 AS n
    FROM (VALUES ('blank_newline', 1), ('end_hyphen', -1)) AS p(proxy, sign),
      (VALUES ('short', 1.0), ('long', 0.5)) AS t(template, share),
      (VALUES (0, NULL), (1, NULL), (2, NULL), (NULL, 3), (NULL, 0)) AS i(item_index, items_from_end),
      (VALUES (-1, NULL), (0, NULL), (1, NULL), (-1, 'embed'), (0, 'attn'), (0, 'mlp'), (1, 'attn'),
        (1, 'mlp')) AS l(layer, component),
      LATERAL (SELECT sign * share * (layer + coalesce(item_index, 4 - items_from_end) - 2.0) AS mean)`,
  sae_quality: `
    SELECT family || '_' || layer AS sae_id, layer::INT AS layer, position_kind, 50 AS n, 8 AS n_features,
      2.0 + layer AS l0, 0.02 + layer / 50 AS fvu, 0.9 - layer / 20 AS loss_recovered,
      0.03 + layer / 50 AS fvu_without_outliers, 1 AS n_outliers, 0.2 + layer / 10 AS cross_entropy_rise,
      0.8 - layer / 20 AS loss_recovered_over_mean, 0.05 AS relative_error, 1 AS n_dead
    FROM (VALUES ('res'), ('att')) AS f(family), range(2) AS l(layer),
      (VALUES ('all'), ('answer'), ('first'), ('prompt'), ('marker')) AS k(position_kind)`,
  circuit_curves: `
    SELECT list || '_short_0' AS sample_id, ranking, rest, errors, n_nodes, -1.0 AS none, 3.0 + extra AS "all",
      -1.0 + (4 + extra) * least(1, n_nodes * good / 100) AS kept, 3.0 + extra - (4 + extra) * least(1, n_nodes * good / 100) AS removed,
      0.5 AS faithfulness, 0.5 AS completeness
    FROM (VALUES ('rivers', 0), ('fruits', 1)) AS l(list, extra),
      (VALUES ('effect', 10), ('gradient', 5), ('random', 0.5)) AS r(ranking, good), (VALUES ('zero'), ('mean')) AS s(rest),
      (VALUES (true), (false)) AS e(errors), (VALUES (1), (10), (100)) AS n(n_nodes)`,
  feature_summary: `
    SELECT sae_id, metric, 'integrated' AS method, 'zero' AS path, (7 * rank)::INT AS feature, rank::INT AS rank, sign / rank AS mean,
      sign / rank - 0.1 AS ci_low, sign / rank + 0.1 AS ci_high, sign / 2 AS gradient, sign / 2 - 0.1 AS gradient_low,
      sign / 2 + 0.1 AS gradient_high, 20 AS n, (20 - rank)::INT AS n_lists,
      (3 - rank % 2)::INT AS n_topics
    FROM (VALUES ('res_0'), ('att_1')) AS s(sae_id),
      (VALUES ('blank_newline', 1), ('end_hyphen', -1)) AS m(metric, sign), range(1, 4) AS r(rank)`,
  features: `
    SELECT sae_id || '_' || (7 * rank) AS feature_id, sae_id, (7 * rank)::INT AS feature, CASE rank % 2 WHEN 0 THEN 'topic-local' ELSE 'whole-dataset' END AS family,
      left(sae_id, 3) AS sae_family, (20 - rank)::INT AS n_samples, (21 - rank)::INT AS n_active, rank / 3 AS topic_entropy, 0.02 * rank AS topic_p, NULL AS explanation
    FROM (VALUES ('res_0'), ('att_1')) AS s(sae_id), range(1, 4) AS r(rank)`,
  feature_logits: `
    SELECT sae_id || '_' || (7 * f) AS feature_id, sae_id, (7 * f)::INT AS feature, effect, rank::INT AS rank, token
    FROM (VALUES ('res_0'), ('att_1')) AS s(sae_id), range(1, 4) AS f(f),
      (VALUES ('promoted'), ('suppressed')) AS e(effect),
      (VALUES (1, ' '), (2, chr(10)), (3, ' tiny'), (4, 'a'), (5, 'b')) AS t(rank, token)`,
  feature_attributions: `
    SELECT 'rivers_short_0' AS sample_id, sae_id, metric, feature, mean AS attribution, mean / 2 AS gradient, 1.0 AS max_act
    FROM (VALUES ('res_0', 7, 0.5), ('att_1', 14, -0.5)) AS f(sae_id, feature, mean),
      (VALUES ('blank_newline'), ('end_hyphen')) AS m(metric)`,
  attribution_sums: `
    SELECT 'rivers_short_0' AS sample_id, sae_id, metric, 'zero' AS path, 0.5 AS features, 0.4 AS gradient, 0.0 AS error, 0.1 AS bias,
      1.0 AS metric_start, 1.5 AS metric_end, 0.0 AS completeness_error, 9 AS n_points
    FROM (VALUES ('res_0'), ('att_1')) AS f(sae_id), (VALUES ('blank_newline'), ('end_hyphen')) AS m(metric)`,
  attribution_agreement: `
    SELECT sae_id, method, path, share AS sign_by_mass, share - 0.1 AS ci_low, share + 0.05 AS ci_high,
      share / 2 AS rank_correlation, share / 2 - 0.1 AS rank_low, share / 2 + 0.1 AS rank_high, 1 - share AS completeness_error,
      0.8 AS effect_mass, share - 0.05 AS list_sign_by_mass, share - 0.2 AS list_low, share AS list_high,
      share / 3 AS list_rank_correlation, share / 3 - 0.1 AS list_rank_low, share / 3 + 0.1 AS list_rank_high,
      160 AS n_cells, 20 AS n
    FROM (VALUES ('res_0', 0.0), ('att_1', 0.05)) AS s(sae_id, less), (VALUES ('zero', 0.0), ('swapped', 0.1)) AS p(path, lesser),
      (VALUES ('integrated', 0.95), ('gradient', 0.6)) AS m(method, most), LATERAL (SELECT most - less - lesser AS share)`,
  feature_places: `
    SELECT 'res_0_7' AS feature_id, place, 10 AS n, 2 AS n_active, mean_act
    FROM (VALUES ('prompt', 0.5), ('blank', 0.1)) AS p(place, mean_act)`,
  cluster_maps: `
    SELECT sae_id, axis, leaf::INT AS leaf, leaf::INT AS leaf_order,
      CASE axis WHEN 'feature' THEN sae_id || '_' || (7 * leaf + 7) ELSE 'rivers_short_' || leaf END AS name
    FROM (VALUES ('res_0'), ('att_1')) AS s(sae_id), (VALUES ('feature'), ('sample')) AS a(axis), range(3) AS l(leaf)`,
  cluster_merges: `
    SELECT sae_id, axis, cluster::INT AS cluster, height, left_place, right_place, left_height, 0.0 AS right_height
    FROM (VALUES ('res_0'), ('att_1')) AS s(sae_id), (VALUES ('feature'), ('sample')) AS a(axis),
      (VALUES (3, 1.0, 0.0, 1.0, 0.0), (4, 2.0, 0.5, 2.0, 1.0)) AS m(cluster, height, left_place, right_place, left_height)`,
  cluster_cells: `
    SELECT sae_id, 'rivers_short_' || i AS sample_id, (7 * f + 7)::INT AS feature, 1.0 / (1 + i + f) AS value
    FROM (VALUES ('res_0'), ('att_1')) AS s(sae_id), range(3) AS r(i), range(3) AS f(f) WHERE i + f < 4`,
  topic_heat: `
    SELECT sae_id, (7 * rank)::INT AS feature, topic, share / rank AS value
    FROM (VALUES ('res_0'), ('att_1')) AS s(sae_id), range(1, 4) AS r(rank),
      (VALUES ('Rivers', 1.0), ('Fruits', 0.5)) AS t(topic, share)`,
  ablation_effects: `
    SELECT sae_id, topic, protocol, arm, k, metric, effect AS mean, effect - 0.5 AS ci_low, effect + 0.5 AS ci_high,
      1.0 AS variance, 5 + effect AS arm_mean, CASE WHEN topic IS NULL THEN 115 ELSE 5 END::INT AS n,
      0.01 AS p, CASE WHEN topic IS NULL THEN 0.02 END AS p_adjusted
    FROM (VALUES ('ablated', 1, 1.0), ('ablated', 5, 3.0), ('random', 5, 0.5), ('reconstruction', NULL, 0.2),
        ('substituted', 5, 4.0), ('random-substituted', 5, 0.3)) AS a(arm, k, size),
      (VALUES ('res_0', 1.0), ('att_1', -0.2)) AS s(sae_id, share), (VALUES ('from-prompt'), ('continue')) AS p(protocol),
      (VALUES ('n_items'), ('topic_shannon_index'), ('topic_shannon_rarefied'), ('shannon_index'), ('shannon_rarefied'), ('n_repeats')) AS m(metric),
      (VALUES (NULL), ('Rivers'), ('Fruits')) AS t(topic), LATERAL (SELECT size * share * length(metric) / 10 AS effect)
    UNION ALL SELECT NULL, NULL, protocol, 'resampled', NULL, metric, 0.0, -0.4, 0.4, 1.0, 5.0, 115, NULL, NULL
    FROM (VALUES ('from-prompt'), ('continue')) AS p(protocol),
      (VALUES ('n_items'), ('topic_shannon_index'), ('topic_shannon_rarefied'), ('shannon_index'), ('shannon_rarefied'), ('n_repeats')) AS m(metric)`,
  coverage: `
    SELECT quantity, CASE WHEN NOT published THEN 'percentile' WHEN quantity LIKE 'share%' THEN 'wilson' ELSE 'studentised' END AS estimator, published,
      n_topics, 5 AS n_lists, 0.95 AS level, held - 0.02 AS ci_low, held AS coverage, held + 0.02 AS ci_high, 0.5 AS mean_width, 1000 AS n
    FROM (VALUES ('items_added'), ('share_near_1')) AS q(quantity), (VALUES (true, 0.95), (false, 0.9)) AS e(published, covered),
      (VALUES (23, 0), (1, 0.05)) AS d(n_topics, fewer), LATERAL (SELECT covered - fewer AS held)`,
  t_quantiles: `
    SELECT df, quantile FROM (VALUES (1, 12.706), (2, 4.303)) AS t(df, quantile)`,
  ablation_contrasts: `
    SELECT sae_id, 'from-prompt' AS protocol, arm, control, 5 AS k, metric, size * share AS mean, size * share - 0.5 AS ci_low, size * share + 0.5 AS ci_high,
      0.01 AS p, 0.02 AS p_adjusted, 0.9 AS share_topics, 0 AS n_cut, 69 AS n
    FROM (VALUES ('ablated', 'random', 3.0), ('ablated', 'norm-matched', 2.5), ('ablated', 'mass-matched', 2.0), ('substituted', 'random-substituted', 4.0),
        ('held-out', 'held-out-random', 3.5), ('held-out-substituted', 'held-out-random-substituted', 4.5)) AS a(arm, control, size),
      (VALUES ('res_0', 1.0), ('att_1', -0.2)) AS s(sae_id, share), (VALUES ('n_items'), ('hazard'), ('ended'), ('forced_metric')) AS m(metric)`,
  ablation_metric: `
    SELECT 'rivers_short_' || i AS sample_id, sae_id, protocol, 'ablated' AS arm, 5 AS k, 5 AS n_edits, -0.5 * (i + 1) AS predicted,
      -0.4 * (i + 1) - i % 2 / 10 AS measured
    FROM (VALUES ('res_0'), ('att_1')) AS s(sae_id), (VALUES ('from-prompt'), ('continue')) AS p(protocol), range(3) AS r(i)`,
  ablation_damage_effects: `
    SELECT sae_id, 'from-prompt' AS protocol, arm, 0.1 * length(arm) AS mean, 0.08 * length(arm) AS ci_low,
      0.12 * length(arm) AS ci_high, 115 AS n
    FROM (VALUES ('res_0'), ('att_1')) AS s(sae_id), (VALUES ('ablated'), ('random')) AS a(arm)`,
  baseline_effects: `
    SELECT method, layer, strength, metric, size * length(metric) / 20 AS mean, size * length(metric) / 20 - 0.2 AS ci_low,
      size * length(metric) / 20 + 0.2 AS ci_high, 0.5 AS arm_mean, 0.01 AS p, 0.02 * size AS p_adjusted, 23 AS n
    FROM (VALUES ('steering', 1, 0.0, 0.0), ('steering', 1, 0.4, 1.0), ('steering_item_end', 1, 0.4, 2.0),
        ('end_logit', NULL, 4.0, 3.0), ('ban_end', NULL, NULL, 5.0), ('swap_word', NULL, NULL, 4.0)) AS m(method, layer, strength, size),
      (VALUES ('n_items'), ('cross_entropy')) AS q(metric)`,
  baselines: `
    SELECT 'rivers_short_' || i AS sample_id, 'ban_end' AS method, i = 0 AS ended FROM range(3) AS r(i)`,
  patching: `
    SELECT direction, layer::INT AS layer, position_kind, share, share - 0.1 AS ci_low, share + 0.1 AS ci_high, share / 2 AS estimated_share,
      share AS share_all_items, share - 0.1 AS all_items_low, share + 0.1 AS all_items_high, effect, effect - 0.5 AS effect_low, effect + 0.5 AS effect_high, 23 AS n
    FROM (VALUES ('noising', -2.0), ('denoising', 2.0)) AS d(direction, effect), range(3) AS l(layer),
      (VALUES ('word', 0), ('prompt', 1), ('list', 2)) AS k(position_kind, peak), LATERAL (SELECT CASE WHEN layer = peak THEN 0.9 ELSE 0.1 END AS share)`,
  patching_map: `
    SELECT direction, layer::INT AS layer, place::INT AS place, region, label, share, share - 0.1 AS ci_low, share + 0.1 AS ci_high, share / 2 AS estimated_share, 23 AS n
    FROM (VALUES ('noising'), ('denoising')) AS d(direction), range(3) AS l(layer),
      (VALUES (0, 'word', 'the word'), (1, 'prompt', 'the topic'), (2, 'list', 'the last item')) AS p(place, region, label),
      LATERAL (SELECT CASE WHEN layer = place THEN 0.8 ELSE 0.1 * place - 0.1 END AS share)`,
  patching_agreement: `
    SELECT compared, direction, 0.8 AS rank_correlation, 0.6 AS ci_low, 0.9 AS ci_high, 2 AS shared_top, 3 AS top_layers, 3 AS n_pairs, 23 AS n
    FROM (VALUES ('estimate', 'noising'), ('estimate', 'denoising'), ('lens', 'noising')) AS c(compared, direction)`,
  layer_heuristics: `
    SELECT heuristic, n_layers, range(n_layers)::INT[] AS layers, least(1, n_layers * size) AS faithfulness, least(1, n_layers * size) - 0.1 AS ci_low,
      least(1, n_layers * size) + 0.1 AS ci_high, 100.0 AS memory_mb, 2.5 AS seconds, 23 AS n
    FROM (VALUES ('patching', 0.4), ('last', 0.3), ('random', 0.2)) AS h(heuristic, size), (VALUES (1), (2), (3)) AS c(n_layers)`,
  logit_lens_lists: `
    SELECT lower(topic) || '_' || template || '_0' AS sample_id, proxy, item_index::INT AS item_index, layer::INT AS layer, 1.5 * item_index - 2.0 + layer AS logit_diff
    FROM (VALUES ('blank_newline'), ('end_hyphen')) AS p(proxy), (VALUES ('Rivers'), ('Fruits')) AS u(topic),
      (VALUES ('short'), ('long')) AS t(template), range(4) AS i(item_index), range(-1, 2) AS l(layer)`,
  authorship_by_item: `
    SELECT author, template, item_index::INT AS item_index, items_from_end::INT AS items_from_end, quantity,
      mean, 0.9 * mean AS ci_low, 1.1 * mean AS ci_high, 23 AS n
    FROM (VALUES ('own', 0.2), ('by-hand', 0.1), ('cut', 0.05), ('other-model', 0.15)) AS a(author, most),
      (VALUES ('short', 1.0), ('long', 0.2)) AS t(template, share), (VALUES ('p_end'), ('entropy')) AS q(quantity),
      (VALUES (0, NULL), (1, NULL), (NULL, 1), (NULL, 0)) AS p(item_index, items_from_end),
      LATERAL (SELECT most * share * (1 + coalesce(item_index, 1 - items_from_end)) AS mean)`,
  predictions: `
    SELECT about || ' ' || metric AS prediction_id, about, metric, expected_low, expected_low + 1 AS expected_high, control, beyond AS expected_beyond_control,
      outcome, outcome - 0.3 AS ci_low, outcome + 0.3 AS ci_high, CASE WHEN outcome IS NOT NULL THEN beyond END AS beyond_control,
      CASE WHEN outcome IS NULL THEN 'no outcome' WHEN outcome BETWEEN expected_low AND expected_low + 1 THEN 'right' ELSE 'wrong' END AS verdict, 115 AS n
    FROM (VALUES ('res_0 ablated', 'n_items', 0.0, 0.5, 'random', false), ('att_1 ablated', 'n_items', 0.0, 1.5, 'random', false),
        ('res_0 substituted', 'n_items', 0.5, NULL, 'random-substituted', true), ('res_0 ablated', 'forced_metric', -1.5, -1.0, 'random', true),
        ('steering 1 0.4', 'n_items', 0.0, 0.2, NULL, NULL), ('end_logit 2', 'n_items', 1.0, 3.0, NULL, NULL),
        ('swap_word', 'n_items', 2.0, 2.5, NULL, NULL)) AS p(about, metric, expected_low, outcome, control, beyond)`,
  claims: `
    SELECT claim_id, 'a section' AS section, 'a claim' AS claim, 'miniature' AS study, 'a rule' AS test, 'data' AS decided_by, 'a value' AS value, verdict
    FROM (VALUES ('blank-all-topics', 'holds'), ('items-short', 'does not hold'), ('longer', 'cannot be decided')) AS c(claim_id, verdict)`,
  verdict_power: `
    SELECT 'longer' AS claim_id, truth, 'lists' AS simulated, verdict, share, 200 AS n
    FROM (VALUES ('true', 'holds', 0.9), ('true', 'does not hold', 0.1), ('false', 'does not hold', 0.9), ('false', 'holds', 0.1)) AS p(truth, verdict, share)`,
  prediction_quality: `
    SELECT sae_id, protocol, 0.9 AS rank_correlation, 1.0 AS sign_agreement, 3 AS n
    FROM (VALUES ('res_0'), ('att_1')) AS s(sae_id), (VALUES ('from-prompt'), ('continue')) AS p(protocol)`,
  entropy: `
    SELECT topic || '_' || template || '_0' AS sample_id, condition, position_kind, i::INT AS item_index,
      CASE WHEN topic = 'rivers' AND template = 'short' THEN i / 10 END AS true_entropy, i / 10 + (i % 3) / 20 AS entropy,
      0.01 * (times + (i = 1 AND times > 1)::INT) AS p_end
    FROM (VALUES ('rivers', 'short', 'clean', 3), ('rivers', 'short', 'corrupted', 1), ('fruits', 'short', 'clean', 2),
        ('fruits', 'short', 'corrupted', 1), ('rivers', 'long', 'clean', 1), ('rivers', 'long', 'corrupted', 4))
      AS c(topic, template, condition, times),
      (VALUES ('item'), ('newline')) AS k(position_kind), range(7) AS r(i)`,
};

/** Write a study's results into `root`, with a manifest as the pipeline writes it. */
export async function writeFixture(root: string, study = 'miniature'): Promise<string> {
  const dir = join(root, study);
  mkdirSync(dir, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  const files: Record<string, FileEntry> = {};
  for (const [table, sql] of Object.entries(TABLES)) {
    const path = join(dir, `${table}.parquet`);
    await connection.run(`COPY (${sql}) TO '${path}' (FORMAT parquet)`);
    files[`${table}.parquet`] = entry(table, readFileSync(path));
  }
  connection.closeSync();
  instance.closeSync();
  for (const table of (await schemaTables()).filter(({ name }) => !(name in TABLES))) {
    const path = join(dir, `${table.name}.parquet`);
    await writeParquet(path, table, schemaRows(table));
    files[`${table.name}.parquet`] = entry(table.name, readFileSync(path));
  }
  writeManifest(dir, { ...PROVENANCE, study, files, stages: {} });
  return dir;
}

const PROVENANCE: Provenance = {
  ...BASE,
  config_hash: 'c'.repeat(64),
  seed: 7,
  model: 'data/models/miniature',
  model_revision: 'a'.repeat(40),
  code_version: 'b'.repeat(64),
};

const entry = (table: string, data: Uint8Array): FileEntry => ({
  table,
  row: `one row of ${table}`,
  rows: 1,
  bytes: data.length,
  sha256: sha256(data),
  stage: table,
  metadata: PROVENANCE,
});
