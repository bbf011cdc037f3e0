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
  predictions: `
    SELECT topic, predicted, measured, n_edits FROM ablation_metric JOIN completions USING (sample_id), ablation_k
    WHERE arm = 'ablated' AND k = main_k AND protocol = 'from-prompt'`,
  signs_that_agree: `
    SELECT topic, sum((sign(predicted) = sign(measured))::INT) AS total, count(*) AS weight
    FROM predictions WHERE n_edits > 0 GROUP BY topic`,
  measured_by_predicted: `
    SELECT topic, sum(measured) AS total, sum(predicted) AS weight FROM predictions GROUP BY topic`,
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

/** What a study's bootstrap takes, as scalar macros by their signature: constants, which a quantile must have. */
export const bootstrapFunctions = ({
  resamples,
  confidence,
}: Manifest['bootstrap']): Readonly<Record<string, string>> => ({
  'bootstrap_resamples()': `${resamples}`,
  'bootstrap_tail()': `${(1 - confidence) / 2}`,
});

/** Table macros by their signature. */
export const BOOTSTRAP_MACROS: Readonly<Record<string, string>> = {
  /**
   * `total` over `weight` of a view by topic, with an interval: the percentile bootstrap over topics, with the study's
   * own number of resamples and confidence, as its stages take them. Draws are hashes of resample and place, so that every build gives the same.
   */
  'topic_bootstrap(share_of)': `
    WITH topics AS MATERIALIZED (
        SELECT *, row_number() OVER (ORDER BY topic) - 1 AS place FROM query_table(share_of)),
      drawn AS (
        SELECT resample, sum(total) / sum(weight) AS ratio
        FROM range(bootstrap_resamples()) AS b(resample), range((SELECT count(*) FROM topics)) AS d(draw)
        JOIN topics ON place = hash(resample, draw) % (SELECT count(*) FROM topics)
        GROUP BY resample)
    SELECT (SELECT sum(total) / sum(weight) FROM topics) AS mean, quantile_cont(ratio, bootstrap_tail()) AS ci_low,
      quantile_cont(ratio, 1 - bootstrap_tail()) AS ci_high, (SELECT count(*) FROM topics) AS n FROM drawn`,
};
