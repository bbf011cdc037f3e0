import type { Manifest } from '../../../pipeline/schema/manifest.ts';

/**
 * Shares and ratios that the prose gives and no stage has an interval for, by topic: `total` over `weight` is what is
 * asked, and topics are the clusters. What is a share of observations is asked with `topic_share`, what is a mean or
 * another ratio with `topic_bootstrap`.
 */
export const SHARE_VIEWS: Readonly<Record<string, string>> = {
  /** Items that are one token, of all items. */
  items_of_one_token: `
    SELECT topic, sum((items.n_tokens = 1)::INT) AS total, count(*) AS weight
    FROM items JOIN main_lists USING (sample_id) GROUP BY topic`,
  short_items_of_one_token: `
    SELECT topic, sum((items.n_tokens = 1)::INT) AS total, count(*) AS weight
    FROM items JOIN main_lists USING (sample_id) WHERE template = 'short' GROUP BY topic`,
  /** Of short lists that ended and have a blank after any item, those with one after the last alone. */
  blanks_on_the_last_alone: `
    SELECT topic, sum((n_blanks = 1 AND on_last)::INT) AS total, count(*) AS weight
    FROM (SELECT topic, sum(blank_after::INT) AS n_blanks, bool_or(blank_after AND items_from_end = 0) AS on_last
      FROM items JOIN main_lists USING (sample_id) WHERE template = 'short' AND ended GROUP BY sample_id, topic)
    WHERE n_blanks > 0 GROUP BY topic`,
  /** Items with a blank after them, of each short list. */
  blanks_a_short_list: `
    SELECT topic, coalesce(sum(blank_after::INT), 0) AS total, count(DISTINCT sample_id) AS weight
    FROM main_lists LEFT JOIN items USING (sample_id) WHERE template = 'short' GROUP BY topic`,
  /** Items of the lists that the page try/ can write: as trained, and with the labelled features at zero. */
  live_items_trained: `
    SELECT topic, sum(n_items) AS total, count(*) AS weight FROM live_lists WHERE arm = 'trained' GROUP BY topic`,
  live_items_edited: `
    SELECT topic, sum(n_items) AS total, count(*) AS weight FROM live_lists WHERE arm = 'edited' GROUP BY topic`,
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

/**
 * The slope of the probability of the end over the share of likely names that a list has had, among items at the same place of
 * a template's lists: by how much it rises with a tenth of these names.
 */
const endByNamesHad = (template: string): string => `
    SELECT topic, sum(further * rise) / 10 AS total, sum(further * further) AS weight
    FROM (SELECT topic, had - avg(had) OVER place AS further, p_end - avg(p_end) OVER place AS rise
      FROM names_had WHERE template = '${template}' WINDOW place AS (PARTITION BY item_index))
    GROUP BY topic`;

/** What `topic_bootstrap` takes of how the names of a list run out. */
export const NAME_VIEWS: Readonly<Record<string, string>> = {
  /** The name of each item, however spaced or cased, at its first place in its list. */
  first_names: `
    SELECT topic, sample_id, lower(trim(regexp_replace(items.text, '\\s+', ' ', 'g'))) AS name, min(item_index) AS item_index
    FROM items JOIN main_lists USING (sample_id) GROUP BY ALL`,
  /**
   * After each item: of the names in the other lists of its topic, each counted once a list, the share that the list has had
   * by then.
   */
  names_had: `
    WITH weighed AS (SELECT *, count(*) OVER (PARTITION BY topic, name) - 1 AS others FROM first_names),
      names AS (SELECT sample_id, item_index, sum(others) AS others FROM weighed GROUP BY ALL),
      likely AS (SELECT sample_id, (SELECT count(*) FROM first_names a WHERE a.topic = b.topic) - count(*) AS others
        FROM first_names b GROUP BY sample_id, topic)
    SELECT template, topic, item_index, p_end, coalesce(sum(names.others) OVER so_far, 0) / likely.others AS had
    FROM entropy JOIN completions USING (sample_id) JOIN likely USING (sample_id) LEFT JOIN names USING (sample_id, item_index)
    WHERE condition = 'clean' AND position_kind = 'item' AND likely.others > 0
    WINDOW so_far AS (PARTITION BY sample_id ORDER BY item_index)`,
  end_by_names_had_short: endByNamesHad('short'),
  end_by_names_had_long: endByNamesHad('long'),
};

/** One count a list, for statistics of lists by topic. */
export const COUNT_VIEWS: Readonly<Record<string, string>> = {
  lengths_of_short_lists: `
    SELECT topic, n_items AS value FROM main_lists WHERE template = 'short'`,
  lengths_of_long_lists: `
    SELECT topic, n_items AS value FROM main_lists WHERE template = 'long'`,
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

/** SQL: of clusters with `total` and `weight`, the sums from which a ratio and its standard error follow. */
const SUMS = `sum(total) AS s, sum(weight) AS w, sum(total * total) AS ss, sum(total * weight) AS sw,
        sum(weight * weight) AS ww, count(*) AS n`;

/**
 * SQL: the ratio of such sums and its cluster-robust standard error, as pipeline/stats/ratio-of-sums.ts has them: the
 * squared influences sum up to (ss − 2 r sw + r² ww) / w². A spread of rounding's size is 0.
 */
const RATIO = `s / w AS ratio, ss - 2 * (s / w) * sw + (s / w) ** 2 * ww AS spread,
        CASE WHEN spread > 1e-12 * ss THEN sqrt(spread * n / (n - 1)) / abs(w) ELSE 0 END AS se`;

/** SQL: Student's t at the study's level, of so many clusters. */
const tOf = (clusters: string): string =>
  `(SELECT quantile FROM t_quantiles WHERE df = least(${clusters} - 1, (SELECT max(df) FROM t_quantiles)))`;

/**
 * SQL: the sum of `total` over the sum of `weight` of rows by topic, with the studentised interval of
 * pipeline/stats/studentised.ts: of fewer than 8 topics, and where t* is infinite at an end, with Student's t.
 */
const ratioOf = (rows: string): string => `
    WITH topics AS MATERIALIZED (
        SELECT *, row_number() OVER (ORDER BY topic) - 1 AS place FROM (${rows})),
      found AS (SELECT ${RATIO}, n FROM (SELECT ${SUMS} FROM topics)),
      drawn AS (
        SELECT ${RATIO} FROM (
          SELECT ${SUMS}
          FROM range(bootstrap_resamples()) AS b(resample), range((SELECT count(*) FROM topics)) AS d(draw)
          JOIN topics ON place = hash(resample, draw) % (SELECT count(*) FROM topics)
          GROUP BY resample)),
      tails AS (
        SELECT quantile_cont(t, bootstrap_tail()) AS low, quantile_cont(t, 1 - bootstrap_tail()) AS high
        FROM (SELECT CASE WHEN drawn.ratio = found.ratio THEN 0 WHEN drawn.se > 0 THEN (drawn.ratio - found.ratio) / drawn.se
          ELSE sign(drawn.ratio - found.ratio) * 'infinity'::DOUBLE END AS t FROM drawn, found)),
      reach AS (
        SELECT n >= 8 AND isfinite(low) AND isfinite(high) AS drawn, CASE WHEN drawn THEN high ELSE ${tOf('n')} END AS high,
          CASE WHEN drawn THEN low ELSE -${tOf('n')} END AS low FROM tails, found)
    SELECT ratio AS mean, ratio - CASE WHEN se > 0 THEN high * se ELSE 0 END AS ci_low,
      ratio - CASE WHEN se > 0 THEN low * se ELSE 0 END AS ci_high, n FROM found, reach`;

/** Table macros by their signature. */
export const BOOTSTRAP_MACROS: Readonly<Record<string, string>> = {
  /**
   * A mean or a ratio: `total` over `weight` of a view by topic, with its studentised interval over topics, with the study's
   * own number of resamples and confidence. Draws are hashes of resample and place, so that every build gives the same.
   */
  'topic_bootstrap(share_of)': ratioOf('FROM query_table(share_of)'),
  /**
   * A share: `total` observations of `weight`, of a view by topic, with the interval of pipeline/stats/cluster-share.ts:
   * Wilson's, with the design effect of the topics. Of one topic it is 0 to 1; of none
   * there is no share.
   */
  'topic_share(share_of)': `
    WITH found AS (
        SELECT ratio AS share, n, least_total >= 0 AND most_over <= 0 AS is_share, share * (1 - share) AS simple, w / CASE WHEN simple > 0 THEN greatest(1, se * se * w / simple) ELSE 1 END AS size, ${tOf('n')} AS t
        FROM (SELECT ${RATIO}, n, w, least_total, most_over
          FROM (SELECT ${SUMS}, min(total) AS least_total, max(total - weight) AS most_over FROM query_table(share_of)))),
      ends AS (
        SELECT share, n, is_share, (share + t * t / (2 * size)) / (1 + t * t / size) AS centre,
          t / (1 + t * t / size) * sqrt(greatest(0, simple) / size + t * t / (4 * size * size)) AS reach FROM found)
    SELECT CASE WHEN is_share IS NOT FALSE THEN share ELSE error('a total above its weight, or below 0: ask for its ratio with topic_bootstrap') END AS mean,
      CASE WHEN share = 0 OR n = 1 THEN 0 ELSE greatest(0, centre - reach) END AS ci_low,
      CASE WHEN share = 1 OR n = 1 THEN 1 ELSE least(1, centre + reach) END AS ci_high, n FROM ends`,
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
   * The share of the variance of a view's counts that lies between topics, corrected for chance (ε², Kelley 1935), with a
   * percentile interval over topics, for it has no standard error in closed form; resample −1 is the topics as they are. No value where all counts are equal.
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
