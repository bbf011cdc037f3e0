import { ABLATION_RULES } from './rules/ablation.ts';
import { AUTHORSHIP_RULES } from './rules/authorship.ts';
import { BASELINE_RULES } from './rules/baselines.ts';
import { CIRCUIT_RULES } from './rules/circuits.ts';
import { EXPLANATION_RULES } from './rules/explanations.ts';
import { FEATURE_RULES } from './rules/features.ts';
import { LIST_RULES } from './rules/lists.ts';
import { PATCHING_RULES } from './rules/patching.ts';
import { PROMISED } from './rules/promised.ts';

export { MINIATURE_RULES } from './rules/miniature.ts';
export { PROMISED };

/** Rules that the rows of every study obey: each finds the rows that break it; there must be none. */
export const RULES: Record<string, string> = {
  ...LIST_RULES,
  ...AUTHORSHIP_RULES,
  ...FEATURE_RULES,
  ...ABLATION_RULES,
  ...BASELINE_RULES,
  ...PATCHING_RULES,
  ...CIRCUIT_RULES,
  ...EXPLANATION_RULES,
};

/** Tables of the stages that a small study of a real model leaves out: with 30 layers they take minutes. */
const OF_LONG_STAGES = /\b(patching|layer_heuristics|circuit|graph|transcoders?_)/;

/** The promised tables, and the rules, of a study without patching and circuits. */
export const PROMISED_OF_FEW_STAGES = Object.entries(PROMISED).filter(
  ([table]) => !OF_LONG_STAGES.test(table),
);
export const RULES_OF_FEW_STAGES = Object.entries(RULES).filter(
  ([, sql]) => !OF_LONG_STAGES.test(sql),
);
