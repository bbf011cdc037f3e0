import type { TemplateName } from '../../schema/templates.ts';

/** One file of lists. */
export interface ListFile {
  readonly file: string;
  readonly template: TemplateName;
  /** The temperature of a file without temperatures of its own; those to read of a file that has them. */
  readonly temperatures: number | readonly number[];
  /** Why its lists are counted apart; none where they are the study's. */
  readonly apart: string | null;
}

/** Files of lists, token by token: topic → lists, or temperature → topic → lists. */
export const LIST_FILES: readonly ListFile[] = [
  list('gemma2_generation_dict.pt', 'short', 0.8),
  list('gemma2_generation_long_dict.pt', 'long', 0.8),
  list('gemma2_generation_temps_dict_selection_no_short.pt', 'plain', [0.8, 0.9]),
  list('gemma2_generation_temps_dict.pt', 'short', [0.1, 0.5, 0.7, 0.9, 1.3]),
  list('gemma2_generation_temps_dict_selection.pt', 'short', [0.8, 0.9], 'four topics again'),
  list('gemma2_generation_temps_dict_v0.pt', 'short', [0.1, 1.3], 'a trial of three topics'),
];

/** One file of lists that were written again without an SAE's features: topic → sample → text. */
export const ABLATION_FILES = [
  ['att_2', 'attn_layer_2'],
  ['att_7', 'attn_layer_7'],
  ['att_14', 'attn_layer_14'],
  ['att_18', 'attn_layer_18'],
  ['att_22', 'attn_layer_22'],
  ['res_0', 'res_layer_0'],
  ['res_7', 'res_layer_7'],
].map(([saeId, place]) => ({
  saeId: saeId!,
  file: `gemma2_generation_dict_ablation_${place}.json`,
}));

/** One file of attribution tuples: topic → sample → tuples, or a list of them for each SAE. */
export interface TupleFile {
  readonly file: string;
  readonly metric: 'logit_difference' | 'log_probability';
  /** The SAEs in order, where each has its own list; none where each tuple names its hook. */
  readonly saes: readonly string[] | null;
  /** SAEs whose maps are made from this file: each from one, of the logit difference where there is one. */
  readonly mapped: readonly string[];
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

/** Every file that a study of the released data reads. */
export const RELEASED_FILES: readonly string[] = [
  ...LIST_FILES,
  ...ABLATION_FILES,
  ...TUPLE_FILES,
].map(({ file }) => file);

function list(
  file: string,
  template: TemplateName,
  temperatures: number | readonly number[],
  apart: string | null = null,
): ListFile {
  return { file, template, temperatures, apart };
}

function tuples(
  name: string,
  metric: TupleFile['metric'],
  saes: readonly string[] | null,
  mapped: readonly string[],
): TupleFile {
  return { file: `all_tuples_dict_${name}.pt`, metric, saes, mapped };
}
