import type { Manifest } from '../../../pipeline/schema/manifest.ts';

/**
 * Shares and ratios that the prose gives and no stage has an interval for, by topic: `total` over `weight` is what is
 * asked, and topics are what `topic_bootstrap` draws.
 */
export const SHARE_VIEWS: Readonly<Record<string, string>> = {
  /** Items that are one token, of all items. */
  items_of_one_token: `
    SELECT topic, sum((items.n_tokens = 1)::INT) AS total, count(*) AS weight
    FROM items JOIN main_lists USING (sample_id) GROUP BY topic`,
  /** Lists that end by themselves though the end is banned. */
  ended_when_banned: `
    SELECT topic, sum(baselines.ended::INT) AS total, count(*) AS weight
    FROM baselines JOIN completions USING (sample_id) WHERE method = 'ban_end' GROUP BY topic`,
  /** What zeroing the study's k features of the prompt was predicted to do to the metric, and did. */
  predicted_effects: `
    SELECT topic, predicted, measured, n_edits FROM ablation_metric JOIN completions USING (sample_id), ablation_k
    WHERE arm = 'ablated' AND k = main_k AND protocol = 'from-prompt'`,
  signs_that_agree: `
    SELECT topic, sum((sign(predicted) = sign(measured))::INT) AS total, count(*) AS weight
    FROM predicted_effects WHERE n_edits > 0 GROUP BY topic`,
  measured_by_predicted: `
    SELECT topic, sum(measured) AS total, sum(predicted) AS weight FROM predicted_effects GROUP BY topic`,
  /** The model's entropy less the process's, in nats. */
  entropy_differences: `
    SELECT topic, condition, entropy - true_entropy AS difference
    FROM entropy JOIN completions USING (sample_id) WHERE true_entropy IS NOT NULL`,
  entropy_over_truth: `
    SELECT topic, sum(difference) AS total, count(*) AS weight
    FROM entropy_differences WHERE condition = 'clean' GROUP BY topic`,
  entropy_off_truth: `
    SELECT topic, sum(abs(difference)) AS total, count(*) AS weight
    FROM entropy_differences WHERE condition = 'clean' GROUP BY topic`,
  entropy_off_truth_corrupted: `
    SELECT topic, sum(abs(difference)) AS total, count(*) AS weight
    FROM entropy_differences WHERE condition = 'corrupted' GROUP BY topic`,
};

/** One count a list, for statistics of lists by topic. */
export const COUNT_VIEWS: Readonly<Record<string, string>> = {
  lengths_of_short_lists: `
    SELECT topic, n_items AS value FROM main_lists WHERE template = 'short'`,
  blanks_by_temperature: `
    SELECT topic, temperature, coalesce(sum(blank_after::INT), 0) AS value
    FROM completions LEFT JOIN items USING (sample_id) WHERE template = 'short' GROUP BY sample_id, topic, temperature`,
  blanks_of_short_lists: `
    SELECT topic, value FROM blanks_by_temperature WHERE temperature = (FROM main_temperature)`,
};

/** What a study's bootstrap takes, as scalar macros by their signature: constants, which a quantile must have. */
export const bootstrapFunctions = ({
  resamples,
  confidence,
}: Manifest['bootstrap']): Readonly<Record<string, string>> => ({
  'bootstrap_resamples()': `${resamples}`,
  'bootstrap_tail()': `${(1 - confidence) / 2}`,
});

/** SQL: the sum of `total` over the sum of `weight` of rows by topic, with an interval over topics. */
const ratioOf = (rows: string): string => `
    WITH topics AS MATERIALIZED (
        SELECT *, row_number() OVER (ORDER BY topic) - 1 AS place FROM (${rows})),
      drawn AS (
        SELECT resample, sum(total) / sum(weight) AS ratio
        FROM range(bootstrap_resamples()) AS b(resample), range((SELECT count(*) FROM topics)) AS d(draw)
        JOIN topics ON place = hash(resample, draw) % (SELECT count(*) FROM topics)
        GROUP BY resample)
    SELECT (SELECT sum(total) / sum(weight) FROM topics) AS mean, quantile_cont(ratio, bootstrap_tail()) AS ci_low,
      quantile_cont(ratio, 1 - bootstrap_tail()) AS ci_high, (SELECT count(*) FROM topics) AS n FROM drawn`;

/** Table macros by their signature. */
export const BOOTSTRAP_MACROS: Readonly<Record<string, string>> = {
  /**
   * `total` over `weight` of a view by topic, with an interval: the percentile bootstrap over topics, with the study's
   * own number of resamples and confidence, as its stages take them. Draws are hashes of resample and place, so that every build gives the same.
   */
  'topic_bootstrap(share_of)': ratioOf('FROM query_table(share_of)'),
  /**
   * How many times as probable the end is after an item under the word “short” as under “long”, on the same lists: those of a
   * template, after their nth item, from 1, or after all of them.
   */
  'end_times(of_template, nth := NULL)': ratioOf(`
    SELECT topic, sum(p_end) FILTER ((template = 'short') = (condition = 'clean')) AS total,
      sum(p_end) FILTER ((template = 'short') <> (condition = 'clean')) AS weight
    FROM entropy JOIN completions USING (sample_id)
    WHERE position_kind = 'item' AND template = of_template AND item_index = coalesce(nth - 1, item_index) GROUP BY topic`),
  /**
   * The share of the variance of a view's counts that lies between topics, corrected for chance (ε², Kelley 1935), with an
   * interval by the same bootstrap; resample −1 is the topics as they are. No value where all counts are equal.
   */
  'between_topics(counted)': `
    WITH topics AS MATERIALIZED (
        SELECT topic, row_number() OVER (ORDER BY topic) - 1 AS place, count(*) AS n, sum(value) AS s, sum(value * value) AS q
        FROM query_table(counted) GROUP BY topic),
      drawn AS (
        SELECT resample, n, s, q FROM range(bootstrap_resamples()) AS b(resample), range((SELECT count(*) FROM topics)) AS d(draw)
        JOIN topics ON place = hash(resample, draw) % (SELECT count(*) FROM topics)
        UNION ALL SELECT -1, n, s, q FROM topics),
      shares AS (
        SELECT resample, 1 - (sum(q) - sum(s * s / n)) / nullif(sum(n) - count(*), 0)
          / nullif((sum(q) - sum(s) * sum(s) / sum(n)) / (sum(n) - 1), 0) AS share
        FROM drawn GROUP BY resample)
    SELECT max(share) FILTER (resample = -1) AS mean, quantile_cont(share, bootstrap_tail()) FILTER (resample >= 0) AS ci_low,
      quantile_cont(share, 1 - bootstrap_tail()) FILTER (resample >= 0) AS ci_high, (SELECT count(*) FROM topics) AS n FROM shares`,
  /** Spearman's correlation of a view's counts with the temperature, in the same way. No value where all counts are equal. */
  'correlation_with_temperature(counted)': `
    WITH lists AS MATERIALIZED (
        SELECT temperature, value, dense_rank() OVER (ORDER BY topic) - 1 AS place FROM query_table(counted)),
      n_topics AS (SELECT max(place) + 1 AS n FROM lists),
      drawn AS (
        SELECT resample, temperature, value FROM n_topics, range(bootstrap_resamples()) AS b(resample), range((SELECT n FROM n_topics)) AS d(draw)
        JOIN lists ON place = hash(resample, draw) % n
        UNION ALL SELECT -1, temperature, value FROM lists),
      ranked AS (
        SELECT resample,
          rank() OVER (PARTITION BY resample ORDER BY temperature) + count(*) OVER (PARTITION BY resample, temperature) / 2 AS x,
          rank() OVER (PARTITION BY resample ORDER BY value) + count(*) OVER (PARTITION BY resample, value) / 2 AS y FROM drawn),
      found AS (
        SELECT resample, CASE WHEN stddev_pop(x) > 0 AND stddev_pop(y) > 0 THEN corr(x, y) END AS r FROM ranked GROUP BY resample)
    SELECT max(r) FILTER (resample = -1) AS mean, quantile_cont(r, bootstrap_tail()) FILTER (resample >= 0) AS ci_low,
      quantile_cont(r, 1 - bootstrap_tail()) FILTER (resample >= 0) AS ci_high, (SELECT count(*) FROM lists) AS n FROM found`,
};
