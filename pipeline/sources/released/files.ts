import type { TemplateName } from '../../schema/templates.ts';

/** One released file of lists. */
export interface ListFile {
  readonly file: string;
  readonly template: TemplateName;
  /** One number: the temperature of a file that is not keyed by temperature. A list: the keys to read. */
  readonly temperatures: number | readonly number[];
  /** Why its lists are excluded from the study; null if they are not. */
  readonly excluded: string | null;
}

/** Files of lists as token ids: topic → lists, or temperature → topic → lists. */
export const LIST_FILES: readonly ListFile[] = [
  list('gemma2_generation_dict.pt', 'short', 0.8),
  list('gemma2_generation_long_dict.pt', 'long', 0.8),
  list('gemma2_generation_temps_dict_selection_no_short.pt', 'plain', [0.8, 0.9]),
  list('gemma2_generation_temps_dict.pt', 'short', [0.1, 0.5, 0.7, 0.9, 1.3]),
  list('gemma2_generation_temps_dict_selection.pt', 'short', [0.8, 0.9], 'four topics again'),
  list('gemma2_generation_temps_dict_v0.pt', 'short', [0.1, 1.3], 'a trial of three topics'),
];

/** Files of lists rewritten with features of one SAE ablated: topic → sample → text. */
export const ABLATION_FILES = [
  ['att_2', 'attn_layer_2'],
  ['att_7', 'attn_layer_7'],
  ['att_14', 'attn_layer_14'],
  ['att_18', 'attn_layer_18'],
  ['att_22', 'attn_layer_22'],
  ['res_0', 'res_layer_0'],
  ['res_7', 'res_layer_7'],
].map(([saeId, layer]) => ({
  saeId: saeId!,
  file: `gemma2_generation_dict_ablation_${layer}.json`,
}));

/** One released file of attribution tuples: topic → sample → tuples, or topic → sample → [SAE][tuple]. */
export interface TupleFile {
  readonly file: string;
  readonly metric: 'logit_difference' | 'log_probability';
  /** The SAEs of a file with one list of tuples per SAE, in order; null if each tuple names its hook. */
  readonly saes: readonly string[] | null;
  /** SAEs whose maps are made from this file. Each SAE has one such file, of the logit difference if there is one. */
  readonly mappedSaes: readonly string[];
}

const RESIDUAL = ['res_0', 'res_5', 'res_10', 'res_15', 'res_20'];

export const TUPLE_FILES: readonly TupleFile[] = [
  tuples('top_50_item_pos', 'logit_difference', RESIDUAL, RESIDUAL),
  tuples('top_50_item_pos_avg_l0', 'logit_difference', RESIDUAL, []),
  tuples('top_100_item_pos_log_prob', 'log_probability', RESIDUAL, []),
  tuples('top_100_item_pos_log_prob_all_resid', 'log_probability', null, []),
  tuples('top_200_item_pos_logit_diff_all_attn', 'logit_difference', null, ['att_7']),
  tuples('top_100_item_pos_log_prob_all_attn', 'log_probability', null, [
    'att_2',
    'att_14',
    'att_18',
    'att_22',
  ]),
];

/** The features that the write-up names, in its order. */
export const NAMED_FEATURES: readonly (readonly [saeId: string, feature: number])[] = [
  ['att_2', 5935],
  ['res_20', 1491],
  ['res_0', 16057],
  ['att_22', 7623],
  ['att_14', 6034],
  ['res_20', 2045],
  ['res_10', 12277],
];

/** Names of every released file that the study reads. */
export const RELEASED_FILES: readonly string[] = [
  ...LIST_FILES,
  ...ABLATION_FILES,
  ...TUPLE_FILES,
].map(({ file }) => file);

function list(
  file: string,
  template: TemplateName,
  temperatures: number | readonly number[],
  excluded: string | null = null,
): ListFile {
  return { file, template, temperatures, excluded };
}

function tuples(
  name: string,
  metric: TupleFile['metric'],
  saes: readonly string[] | null,
  mappedSaes: readonly string[],
): TupleFile {
  return { file: `all_tuples_dict_${name}.pt`, metric, saes, mappedSaes };
}
