import { FAMILIES } from '../../../pipeline/schema/sae-families.ts';
import { WORDS } from '../plain-words.ts';
import { AUDIT_FUNCTIONS, AUDIT_MACROS, AUDIT_VIEWS } from './audit-views.ts';
import { CLAIM_VIEWS } from './claims.ts';
import { FEATURE_VIEWS } from './feature-views.ts';
import { FULL_SIZE_VIEWS } from './full-size.ts';
import { quote } from './sql.ts';
import { BOOTSTRAP_MACROS, COUNT_VIEWS, NAME_VIEWS, SHARE_VIEWS } from './topic-bootstrap.ts';

/** What figures and prose ask for often, by name. */
export const VIEWS: Readonly<Record<string, string>> = {
  /** The one temperature at which every template was sampled. */
  main_temperature: `
    SELECT temperature FROM completions GROUP BY temperature
    HAVING count(DISTINCT template) = (SELECT count(DISTINCT template) FROM completions)`,
  /** Lists sampled at that temperature. */
  main_lists: `
    FROM completions WHERE temperature = (FROM main_temperature)`,
  /** What each list was asked for with: the last turn of the user in its prompt, or all of a prompt without turns. */
  requests: `
    SELECT sample_id, trim(coalesce(
      nullif(regexp_extract(prompt, '.*(?:<start_of_turn>user|<\\|im_start\\|>user)\\n(.*?)(?:<end_of_turn>|<\\|im_end\\|>)', 1, 's'), ''),
      regexp_replace(prompt, '^<bos>', ''))) AS request
    FROM (SELECT sample_id, string_agg(token, '' ORDER BY pos) AS prompt FROM tokens WHERE is_prompt GROUP BY sample_id)`,
  /** Layers of the model. */
  n_layers: `
    SELECT max(layer) + 1 FROM logit_lens_summary`,
  /** Mean attribution of each feature over all lists; the interval where it is among its SAE's largest. */
  feature_attribution_means: `
    SELECT sae_id || '_' || feature AS feature_id, sae_id, feature, metric, total / lists AS mean,
      ci_low, ci_high, lists AS n
    FROM (SELECT sae_id, feature, metric, sum(attribution) AS total FROM feature_attributions GROUP BY ALL)
    JOIN (SELECT sae_id, metric, count(DISTINCT sample_id)::INTEGER AS lists FROM attribution_sums GROUP BY ALL) USING (sae_id, metric)
    LEFT JOIN (SELECT sae_id, feature, metric, ci_low, ci_high FROM feature_summary) USING (sae_id, feature, metric)`,
  /** How many features the ablations of every list zero. */
  ablation_k: `
    SELECT any_value(k) AS main_k FROM ablation_effects WHERE arm = 'random'`,
  /** Differences from the baseline by SAE, with the study's k beside each. */
  ablation_differences: `
    FROM ablation_effects, ablation_k WHERE sae_id IS NOT NULL`,
  /** Differences of all SAEs together, by topic. */
  ablation_by_topic: `
    FROM ablation_effects WHERE sae_id IS NULL AND topic IS NOT NULL AND arm <> 'resampled'`,
  /** What drawing the lists again, with other noise and nothing edited, gives. */
  ablation_null: `
    SELECT protocol, metric, ci_low AS null_low, ci_high AS null_high
    FROM ablation_effects WHERE arm = 'resampled' AND topic IS NULL`,
  /** The measures of a list in words, the most important first. */
  ablation_measures: `
    FROM (VALUES
      ('n_items', 'items', 1), ('topic_shannon_rarefied', 'diversity of a topic’s items at equal length (nats)', 2),
      ('shannon_rarefied', 'diversity of a list’s items at equal length (nats)', 3), ('n_repeats', 'repeated items', 4),
      ('n_tokens', 'tokens', 5), ('share_ended', 'share that ended', 6),
      ('hazard', 'chance of the end, an item', 7), ('tokens_per_item', 'tokens an item', 8),
      ('blank_before_end', 'share with a blank before the end', 9),
      ('topic_shannon_index', 'Shannon index of a topic’s items, which depends on their number (nats)', 10),
      ('shannon_index', 'Shannon index of a list’s items, which depends on their number (nats)', 11),
      ('forced_metric', 'metric of the unchanged list (logits)', 12)) AS m(metric, measure, place)`,
  /** What the chosen features do beyond each control, with what they are in words. */
  contrasts_in_words: `
    SELECT * REPLACE (CASE WHEN control LIKE 'norm%' THEN 'same norm' WHEN control LIKE 'mass%' THEN 'same mass' ELSE 'random' END AS control),
      CASE WHEN arm LIKE 'held-out%' THEN 'on other topics' ELSE 'list by list' END AS chosen,
      CASE WHEN arm LIKE '%substituted' THEN 'the other word’s values' ELSE 'zero' END AS set_to
    FROM ablation_contrasts`,
  /** Tokens of prompts, and whether each is itself one that ends a list, or a turn. */
  prompt_tokens: `
    SELECT sample_id, pos, token, token = item_end OR (token = newline_end AND newline_end LIKE '<%>') AS at_end
    FROM tokens, study WHERE is_prompt`,
  /** Features that are edited in the prompt, with the token of each. */
  edited_in_prompt: `
    SELECT e.sae_id, arm, sample_id, draw, e.sae_id || '_' || feature AS feature_id, token, at_end,
      '“' || replace(replace(token, chr(10), '↵'), ' ', '␣') || '”' AS shown
    FROM ablation_edits e JOIN prompt_tokens USING (sample_id, pos) WHERE protocol = 'from-prompt'`,
  /** Effects on the number of items at the study's k, beside chance and the random control. */
  ablation_on_items: `
    SELECT e.*, null_low, null_high, r.mean AS random_mean,
      r.ci_low AS random_low, r.ci_high AS random_high
    FROM ablation_differences e JOIN ablation_null USING (protocol, metric)
    JOIN (SELECT sae_id, protocol, mean, ci_low, ci_high FROM ablation_effects WHERE arm = 'random' AND metric = 'n_items' AND topic IS NULL AND sae_id IS NOT NULL) r
      ON r.sae_id = e.sae_id AND r.protocol = e.protocol
    WHERE metric = 'n_items' AND topic IS NULL AND arm = 'ablated' AND k = main_k`,
  /** Lists of each template at the main temperature, their items with and without those that loop, as texts with intervals. */
  items_by_template: `
    SELECT template, any_value(number) FILTER (finding = 'items_per_list') AS items, any_value(share) FILTER (finding = 'ended') AS ended,
      any_value(share) FILTER (metric = 'loops') AS loop, any_value(number) FILTER (finding = 'loops' AND metric = 'n_items') AS without_loops
    FROM (SELECT *, in_brackets(mean, ci_low, ci_high, '%.1f') AS number, in_brackets(100 * mean, 100 * ci_low, 100 * ci_high, '%.0f') AS share
      FROM exploration WHERE topic IS NULL AND temperature = (FROM main_temperature))
    GROUP BY template`,
  /** What the lists of both forms have, as texts with intervals; the study's own form first. */
  robustness_by_form: `
    SELECT form <> (SELECT form FROM study) AS other, form, template, any_value(n) FILTER (metric = 'n_items') AS lists,
      any_value(in_brackets(mean, ci_low, ci_high, '%.1f')) FILTER (metric = 'n_items') AS items,
      any_value(in_brackets(100 * mean, 100 * ci_low, 100 * ci_high, '%.0f')) FILTER (metric = 'ended') AS ended,
      any_value(in_brackets(100 * mean, 100 * ci_low, 100 * ci_high, '%.0f')) FILTER (metric = 'loops') AS loop,
      any_value(in_brackets(mean, ci_low, ci_high, '%.3f')) FILTER (metric = 'p_end') AS p_end,
      any_value(in_brackets(exp(mean), exp(ci_low), exp(ci_high), '%.2f')) FILTER (metric = 'word_effect') AS times
    FROM robustness GROUP BY form, template`,
  /** How often intervals of the study's kind, and those of the percentile bootstrap, hold the true value, in words. */
  coverage_in_words: `
    SELECT CASE quantity WHEN 'items_added' THEN 'items added, a skewed mean' WHEN 'items_added_to_few' THEN 'items added to few lists'
        WHEN 'topic_effect' THEN 'a mean of unlike topics' WHEN 'share_difference' THEN 'a difference of two shares'
        WHEN 'hazard_difference' THEN 'a difference of two hazards of ending' WHEN 'share_near_1' THEN 'a share of lists near 1'
        WHEN 'share_rare' THEN 'a small share of lists' WHEN 'share_near_half' THEN 'a share of lists near one half'
        WHEN 'share_of_items' THEN 'a share of items near 1' END AS what,
      CASE estimator WHEN 'wilson' THEN 'Wilson' ELSE estimator END AS kind, * FROM coverage`,
  /** What the model reads of lists by several authors, and how each differs from its own lists, as texts with intervals. */
  authorship_by_author: `
    SELECT author, template, any_value(n) FILTER (metric = 'log_likelihood_per_token' AND NOT less_own) AS lists,
      any_value(text) FILTER (metric = 'p_end_before_end' AND NOT less_own) AS before_end,
      any_value(text) FILTER (metric = 'p_end_at_end' AND NOT less_own) AS at_end,
      any_value(text) FILTER (metric = 'p_end_at_end' AND less_own) AS at_end_less_own,
      any_value(text) FILTER (metric = 'entropy' AND NOT less_own) AS entropy,
      any_value(text) FILTER (metric = 'log_likelihood_per_token' AND NOT less_own) AS per_token,
      any_value(text) FILTER (metric = 'log_likelihood_per_token' AND less_own) AS per_token_less_own,
      any_value(text) FILTER (metric = 'log_likelihood_per_item' AND less_own) AS per_item_less_own
    FROM (SELECT *, in_brackets(mean, ci_low, ci_high, CASE WHEN metric LIKE 'p_end%' THEN '%.3f' ELSE '%.2f' END) AS text
      FROM authorship_summary)
    GROUP BY author, template`,
  /** The quality of each SAE at the tokens of the prompt, and at those of the answer. */
  sae_quality_by_part: `
    SELECT sae_id, position_kind, n, l0, fvu, fvu_without_outliers, n_outliers, cross_entropy_rise, loss_recovered,
      loss_recovered_over_mean, whole.n_dead / n_features AS dead
    FROM sae_quality part JOIN (SELECT sae_id, n_dead FROM sae_quality WHERE position_kind = 'all') whole USING (sae_id)
    WHERE position_kind IN ('prompt', 'answer')`,
  /** Each prediction with the edit, and what is predicted of it, in words. */
  predictions_in_words: `
    SELECT *, CASE WHEN NOT of_feature THEN 3 WHEN metric = 'n_items' THEN 1 ELSE 4 END + (part[2] = 'substituted')::INTEGER AS place,
      CASE WHEN of_feature THEN
        CASE metric WHEN 'n_items' THEN 'items' ELSE 'the metric' END || ', features set to '
          || CASE part[2] WHEN 'ablated' THEN 'zero' ELSE 'the other word’s values' END
        ELSE 'items, by other means' END AS predicted,
      CASE part[1]
        WHEN 'steering' THEN 'prompt’s end, layer ' || part[2] || ', ' || part[3]
        WHEN 'steering_item_end' THEN 'items’ ends, layer ' || part[2] || ', ' || part[3]
        WHEN 'end_logit' THEN 'the end, less ' || part[2]
        WHEN 'ban_end' THEN 'the end banned'
        WHEN 'ban_blank' THEN 'the item’s end banned'
        WHEN 'ban_both' THEN 'both banned'
        WHEN 'swap_word' THEN 'the word swapped'
        WHEN 'drop_word' THEN 'the word left out'
        ELSE part[1] END AS name
    FROM (SELECT *, string_split(about, ' ') AS part, string_split(about, ' ')[2] IN ('ablated', 'substituted') AS of_feature
      FROM predictions)`,
  /** The tokens that a feature promotes most, in one text, blanks made visible. */
  promoted_tokens: `
    SELECT feature_id, string_agg(replace(replace(token, chr(10), '↵'), ' ', '␣'), '  ' ORDER BY rank) AS tokens
    FROM feature_logits WHERE effect = 'promoted' AND rank <= 4 GROUP BY feature_id`,
  /** One row a feature, as the table of features shows it. */
  feature_list: `
    SELECT f.feature_id, f.sae_id, f.feature, f.sae_family, f.family, n_samples, exp(topic_entropy) AS topics,
      coalesce(b.mean, 0) AS blank_newline, coalesce(e.mean, 0) AS end_hyphen,
      token_words(place) AS place, coalesce(tokens, '') AS promotes, explanation
    FROM features f
    LEFT JOIN (FROM feature_attribution_means WHERE metric = 'blank_newline') b USING (feature_id)
    LEFT JOIN (FROM feature_attribution_means WHERE metric = 'end_hyphen') e USING (feature_id)
    LEFT JOIN (SELECT feature_id, arg_max(place, mean_act) AS place FROM feature_places GROUP BY ALL) USING (feature_id)
    LEFT JOIN promoted_tokens USING (feature_id)`,
  ...FEATURE_VIEWS,
  ...SHARE_VIEWS,
  ...NAME_VIEWS,
  ...COUNT_VIEWS,
  ...AUDIT_VIEWS,
  ...CLAIM_VIEWS,
  ...FULL_SIZE_VIEWS,
};

/** Values for queries: scalar macros by their signature. */
export const FUNCTIONS: Readonly<Record<string, string>> = {
  /** Numbers that `printf` made, with the minus sign of `formatNumber`; a number that rounds to 0 has none. */
  'with_minus(text)': `
    replace(regexp_replace(text, '-(0(?:\\.0+)?)([^.0-9]|$)', '\\1\\2', 'g'), '-', '−')`,
  /** A name of a table's value in plain words. */
  'plain_word(name)': `
    CASE name ${Object.entries(WORDS)
      .map(([name, words]) => `WHEN ${quote(name)} THEN ${quote(words)}`)
      .join(' ')} ELSE name END`,
  /** SAEs by what they read, then by layer. */
  'sae_order(id)': `
    1000 * array_position([${FAMILIES.map(quote)}], regexp_extract(id, '^[a-z]+')) + regexp_extract(id, '\\d+')::INTEGER`,
  /** Who wrote a list, in words. */
  'author_words(author)': `
    CASE author WHEN 'own' THEN 'its own' WHEN 'shuffled' THEN 'its own, shuffled' WHEN 'cut' THEN 'its own, cut at half'
      WHEN 'extended' THEN 'its own, extended' WHEN 'by-hand' THEN 'by hand' ELSE 'of ' || author END`,
  /** Authors: the model itself, others, then what was made of its own lists. */
  'author_order(author)': `
    coalesce(array_position(['own', 'by-hand', 'other', 'shuffled', 'cut', 'extended'], author), 3)`,
  /** A mean and its interval as one text of a table. */
  'in_brackets(mean, low, high, form)': `
    with_minus(printf(form || ' [' || form || ', ' || form || ']', mean, low, high))`,
  /** A way of choosing layers, or a score of layers, in words. */
  'heuristic_words(name)': `
    CASE name WHEN 'patching' THEN 'residual patching' WHEN 'single_layer' THEN 'each layer alone'
      WHEN 'attribution_patching' THEN 'each layer alone, to first order' WHEN 'attribution' THEN 'attribution to its SAEs'
      WHEN 'contribution' THEN 'direct contribution' WHEN 'lens' THEN 'change of the logit lens' WHEN 'even' THEN 'evenly spread'
      WHEN 'first' THEN 'the first layers' WHEN 'last' THEN 'the last layers' WHEN 'random' THEN 'at random'
      WHEN 'greedy' THEN 'search, one by one' WHEN 'best' THEN 'search of all sets' ELSE name END`,
  /** Orders of a circuit's features, the graph's own first. */
  'ranking_order(name)': `
    list_position(['effect', 'influence', 'integrated', 'gradient', 'activation', 'random'], name)`,
  /** Whose values a run takes. */
  'direction_words(name)': `
    CASE name WHEN 'noising' THEN 'of the other word, in the list’s own run' ELSE 'of the list’s own, in the run with the other word' END`,
  ...AUDIT_FUNCTIONS,
};

/** One mean with its interval, for a sentence: table macros by their signature. */
export const MACROS: Readonly<Record<string, string>> = {
  /** Effect on items of the SAE whose ablation has the largest. */
  'strongest_ablation(under)': `
    FROM ablation_on_items WHERE protocol = under ORDER BY mean DESC, sae_id LIMIT 1`,
  /** What as many random features do, with that SAE. */
  'strongest_random(under)': `
    SELECT random_mean AS mean, random_low AS ci_low, random_high AS ci_high
    FROM ablation_on_items WHERE protocol = under ORDER BY ablation_on_items.mean DESC, sae_id LIMIT 1`,
  /** The SAE whose chosen features add most items beyond random ones. */
  'strongest_contrast(of_arm)': `
    FROM contrasts_in_words WHERE arm = of_arm AND control = 'random' AND metric = 'n_items' AND protocol = 'from-prompt'
    ORDER BY mean DESC, sae_id LIMIT 1`,
  /** The edits of that SAE's features, chosen on other topics, where they are set to zero or, by the arm, to other values. */
  'strongest_edits(of_arm)': `
    FROM edited_in_prompt WHERE arm = of_arm AND sae_id = (SELECT sae_id FROM strongest_contrast('held-out'))`,
  /** The share of these that are set to zero at a token that ends a list or a turn. */
  'zeroed_at_ends()': `SELECT avg(at_end::INTEGER) AS mean FROM strongest_edits('held-out')`,
  /** The token at which most of them are; a text where there are none. */
  'most_edited_token(of_arm)': `
    SELECT coalesce((SELECT shown FROM strongest_edits(of_arm) GROUP BY shown ORDER BY count(*) DESC, shown LIMIT 1), 'no token')`,
  /** What that SAE's features, chosen list by list, add beyond random ones of the same attributed mass. */
  'mass_contrast()': `
    FROM contrasts_in_words WHERE arm = 'ablated' AND control = 'same mass' AND metric = 'n_items' AND protocol = 'from-prompt'
    AND sae_id = (SELECT sae_id FROM strongest_contrast('held-out'))`,
  /** Effect of a method that has neither layer nor strength. */
  'baseline(of_method, what)': `
    FROM baseline_effects WHERE method = of_method AND metric = what`,
  /** One number of how the arms without an SAE of their own differ from the baseline. */
  'by_chance(what, under)': `
    FROM ablation_effects WHERE arm = 'resampled' AND topic IS NULL AND metric = what AND protocol = under`,
  /** Of lists of all topics; at the main temperature where none is given, here and below. */
  'mean_of(what, of_template, heat := NULL)': `
    FROM exploration WHERE metric = what AND template = of_template AND temperature = coalesce(heat, (FROM main_temperature))
    AND topic IS NULL AND items_from_end IS NULL AND (finding <> 'loops' OR metric = 'loops')`,
  /** Share of items with a blank after them; 0 from the end is the last. */
  'blanks(of_template, from_end, heat := NULL)': `
    FROM exploration WHERE finding = 'blank_before_end' AND template = of_template
    AND items_from_end = from_end AND topic IS NULL AND temperature = coalesce(heat, (FROM main_temperature))`,
  /** Entropy after the nth item or newline, from 1. */
  'entropy_after(kind, nth, of_template, under)': `
    FROM entropy_summary WHERE quantity = 'entropy' AND position_kind = kind
    AND item_index = nth - 1 AND template = of_template AND condition = under`,
  /** Probability of the token that ends the list, after the nth item or newline, from 1. */
  'end_after(kind, nth, of_template, under)': `
    FROM entropy_summary WHERE quantity = 'p_end' AND position_kind = kind
    AND item_index = nth - 1 AND template = of_template AND condition = under`,
  /** A column of the table entropy, counted from the end; 0 is the last item. */
  'at_end(what, kind, from_end, of_template, under)': `
    FROM entropy_summary WHERE quantity = what AND position_kind = kind
    AND items_from_end = from_end AND template = of_template AND condition = under`,
  /** What the model reads of an author's lists; `differs` for the difference from its own of the same topics. */
  'authored(of_author, what, of_template, differs := false)': `
    FROM authorship_summary WHERE author = of_author AND metric = what AND template = of_template AND less_own = differs`,
  /** Logit difference at the nth item, from 1, seen after so many layers. */
  'lens_at(which, of_template, nth, layers)': `
    FROM logit_lens_summary WHERE component IS NULL AND proxy = which AND template = of_template
    AND item_index = nth - 1 AND layer = layers - 1`,
  /** The same counted from the end; 0 is the last item. */
  'lens_from_end(which, of_template, from_end, layers)': `
    FROM logit_lens_summary WHERE component IS NULL AND proxy = which AND template = of_template
    AND items_from_end = from_end AND layer = layers - 1`,
  /** In words, the share of the word's effect at positions of one kind, after so many layers. */
  "patched_share(kind, layers, way := 'noising')": `
    SELECT coalesce(with_minus(printf('%.0f %% [%.0f, %.0f]', 100 * share, 100 * ci_low, 100 * ci_high)), 'no share, since the effect’s interval includes 0,')
    FROM patching WHERE position_kind = kind AND layer = layers - 1 AND direction = way`,
  ...BOOTSTRAP_MACROS,
  ...AUDIT_MACROS,
};
