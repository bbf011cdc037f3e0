import type { FeatureLogits } from '../../interp/feature-logits.ts';
import { featureId, type SaeSpec } from '../../sae/sae.ts';
import type { ExplanationRow, RuleName } from '../../schema/explanations.ts';
import { keyedRandom } from '../../stats/random.ts';
import type { ChosenSae } from './chosen.ts';
import type { Described } from './described.ts';
import { labelOf } from './label.ts';
import { quotedRule } from './quoted.ts';
import { type Acts, chooseRule, fitRule, type Predict, tokenAuc } from './rules.ts';
import { detectionAuc, type Window } from './windows.ts';

/** What labels are made from and scored on. */
export interface Material {
  readonly described: Described;
  /** Of held-out lists. */
  readonly windows: readonly Window[];
  readonly seed: number;
}

/** A feature of an SAE with its rule. */
export interface RuledFeature {
  readonly feature: number;
  readonly acts: Acts;
  readonly rule: RuleName | null;
  readonly predict: Predict | null;
}

/** Other features whose labels are the baseline of one. */
const OTHERS = 5;

/** The rule of every chosen feature, frozen on the training topics. @param acts in the order of the features */
export const ruledFeatures = (
  features: readonly number[],
  acts: readonly Acts[],
  { described }: Material,
): RuledFeature[] =>
  features.map((feature, i) => {
    const rule = chooseRule(described, acts[i]!);
    const predict = rule && fitRule(rule, described, acts[i]!, described.training);
    return { feature, acts: acts[i]!, rule, predict };
  });

export interface Labelling {
  /** In the order of the features. */
  readonly logits: readonly FeatureLogits[];
  /** [explained feature] */
  readonly outputScores: readonly (number | null)[];
  readonly token: (id: number) => string;
}

/** A row for each explained feature of an SAE, by rule. */
export function ruleRows(
  { sae, explained }: ChosenSae,
  features: readonly RuledFeature[],
  { logits, outputScores, token }: Labelling,
  material: Material,
): ExplanationRow[] {
  const predictions = features.map(({ predict }) => predict);
  return features.slice(0, explained).map(({ feature, acts, rule, predict }, i) => ({
    ...keyOf(sae, feature),
    method: 'rule',
    rule,
    label: labelOf(rule, material.described, acts, { promoted: logits[i]!.promoted, token }),
    ...held(acts, predict, material),
    output_score: outputScores[i]!,
    shuffled_auc: shuffledAuc({ acts, own: i, sae, explained }, predictions, material),
  }));
}

/** A row for each explained feature that has a fetched explanation, by the words that this quotes. */
export function quotedRows(
  { sae, explained }: ChosenSae,
  features: readonly RuledFeature[],
  explanationOf: ReadonlyMap<number, string>,
  material: Material,
): ExplanationRow[] {
  const found = features
    .slice(0, explained)
    .flatMap(({ feature, acts }) => {
      const label = explanationOf.get(feature);
      return label === undefined ? [] : [{ feature, acts, label }];
    })
    .map((of) => ({ ...of, predict: quotedRule(of.label, material.described) }));
  const predictions = found.map(({ predict }) => predict);
  return found.map(({ feature, acts, label, predict }, i) => ({
    ...keyOf(sae, feature),
    method: 'neuronpedia',
    rule: null,
    label,
    ...held(acts, predict, material),
    output_score: null,
    shuffled_auc:
      predict && shuffledAuc({ acts, own: i, sae, explained: found.length }, predictions, material),
  }));
}

const keyOf = ({ id, family }: SaeSpec, feature: number) => ({
  feature_id: featureId(id, feature),
  sae_id: id,
  feature,
  sae_family: family,
});

/** The scores on held-out lists. */
function held(acts: Acts, predict: Predict | null, { described, windows }: Material) {
  const positions = described.positions['held out'];
  return {
    detection_auc: predict && detectionAuc(predict, acts, windows),
    token_auc: predict && tokenAuc(predict, acts, positions),
    n_held_out: positions.filter((position) => acts[position]! > 0).length,
  };
}

interface Own {
  readonly acts: Acts;
  /** Index of the feature among all. */
  readonly own: number;
  readonly sae: SaeSpec;
  /** How many of the first features are explained. */
  readonly explained: number;
}

/**
 * The mean AUC of the rules of other features: those drawn at random first, others that are explained where too few of these are
 * ever active. @param predictions [feature]
 */
function shuffledAuc(
  { acts, own, sae, explained }: Own,
  predictions: readonly (Predict | null)[],
  { described, seed }: Material,
): number | null {
  const random = keyedRandom(seed, `other labels ${sae.id} ${own}`);
  const others = [...predictions.keys()]
    .filter((i) => i !== own)
    .map((i) => ({ i, draw: random() + (i < explained ? 1 : 0) }))
    .sort((a, b) => a.draw - b.draw)
    .flatMap(({ i }) => predictions[i] ?? [])
    .slice(0, OTHERS);
  const aucs = others
    .map((predict) => tokenAuc(predict, acts, described.positions['held out']))
    .filter((x) => x !== null);
  return aucs.length === 0 ? null : aucs.reduce((sum, x) => sum + x, 0) / aucs.length;
}
