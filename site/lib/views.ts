/** What figures and prose ask for often, by name. */
export const VIEWS: Readonly<Record<string, string>> = {
  /** The one temperature at which every template was sampled. */
  main_temperature: `
    SELECT temperature FROM completions GROUP BY temperature
    HAVING count(DISTINCT template) = (SELECT count(DISTINCT template) FROM completions)`,
  /** Lists sampled at that temperature. */
  main_lists: `
    FROM completions WHERE temperature = (FROM main_temperature)`,
  /** Layers of the model. */
  n_layers: `
    SELECT max(layer) + 1 FROM logit_lens_summary`,
};

/** One mean with its interval, for a sentence: table macros by their signature. */
export const MACROS: Readonly<Record<string, string>> = {
  /** Of lists of all topics; at the main temperature where none is given, here and below. */
  'mean_of(what, of_template, heat := NULL)': `
    FROM exploration WHERE metric = what AND template = of_template AND temperature = coalesce(heat, (FROM main_temperature))
    AND topic IS NULL AND items_from_end IS NULL`,
  /** Share of items with a blank after them; 0 from the end is the last. */
  'blanks(of_template, from_end, heat := NULL)': `
    FROM exploration WHERE finding = 'blank_before_end' AND template = of_template
    AND items_from_end = from_end AND topic IS NULL AND temperature = coalesce(heat, (FROM main_temperature))`,
  /** Entropy after the nth item or newline, from 1. */
  'entropy_after(kind, nth, of_template, under)': `
    FROM entropy_summary WHERE quantity = 'entropy' AND position_kind = kind
    AND item_index = nth - 1 AND template = of_template AND condition = under`,
  /** A column of the table entropy, counted from the end; 0 is the last item. */
  'at_end(what, kind, from_end, of_template, under)': `
    FROM entropy_summary WHERE quantity = what AND position_kind = kind
    AND items_from_end = from_end AND template = of_template AND condition = under`,
  /** Logit difference at the nth item, from 1, seen after so many layers. */
  'lens_at(which, of_template, nth, layers)': `
    FROM logit_lens_summary WHERE component IS NULL AND proxy = which AND template = of_template
    AND item_index = nth - 1 AND layer = layers - 1`,
};
