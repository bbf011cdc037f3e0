import { RULES, type RuleName } from '../../schema/explanations.ts';
import { auc } from '../../stats/auc.ts';
import type { Described } from './described.ts';

/** The activations of one feature at the positions of a `Described`. */
export type Acts = Float32Array;

/** The activation that is predicted at a position. */
export type Predict = (position: number) => number;

/** By what a rule predicts where the training positions have nothing like it. */
const COARSER: Readonly<Record<RuleName, RuleName | null>> = {
  kind: null,
  token: null,
  place: 'kind',
  'token and kind': 'token',
  'token pair': 'token',
};

/** A rule is chosen over a simpler one only if its AUC is higher by more than this. */
const MARGIN = 0.01;

/**
 * A rule: predicts the mean activation of the given positions with the same descriptor; where there is none, that of positions
 * with the coarser one; else 0.
 */
export function fitRule(
  rule: RuleName,
  described: Described,
  acts: Acts,
  positions: readonly number[],
): Predict {
  const { of } = described.descriptors[rule];
  const { means } = meansOf(rule, described, acts, positions);
  const coarser = COARSER[rule];
  const backOff = coarser === null ? () => 0 : fitRule(coarser, described, acts, positions);
  return (position) => means[of[position]!] ?? backOff(position);
}

/** By descriptor: the mean activation, undefined where no position has it; the sum; and the number of positions. */
export function meansOf(
  rule: RuleName,
  { descriptors }: Pick<Described, 'descriptors'>,
  acts: Acts,
  positions: readonly number[],
) {
  const { of, words } = descriptors[rule];
  const [sums, counts] = [new Float64Array(words.length), new Int32Array(words.length)];
  for (const position of positions) {
    sums[of[position]!]! += acts[position]!;
    counts[of[position]!]! += 1;
  }
  const means = Array.from(sums, (sum, i) => (counts[i] === 0 ? undefined : sum / counts[i]!));
  return { means, sums, counts };
}

/**
 * The rule for a feature, from the training topics alone: each rule is made from one fold and scored on the other, and of those
 * within 0.01 of the best mean AUC the simplest is taken; the simplest of all where no fold has both active and other positions.
 * @returns null for a feature that is never active in them
 */
export function chooseRule(described: Described, acts: Acts): RuleName | null {
  if (!described.training.some((position) => acts[position]! > 0)) return null;
  const { 'fold 0': first, 'fold 1': second } = described.positions;
  const scores = RULES.map((rule) => {
    const aucs = [
      tokenAuc(fitRule(rule, described, acts, first), acts, second),
      tokenAuc(fitRule(rule, described, acts, second), acts, first),
    ].filter((x) => x !== null);
    return aucs.length === 0 ? 0 : aucs.reduce((sum, x) => sum + x, 0) / aucs.length;
  });
  const best = Math.max(...scores);
  return RULES[scores.findIndex((score) => score >= best - MARGIN)]!;
}

/** Whether active positions have higher predictions than others. */
export function tokenAuc(
  predict: Predict,
  acts: Acts,
  positions: readonly number[],
): number | null {
  const active: number[] = [];
  const others: number[] = [];
  for (const position of positions) (acts[position]! > 0 ? active : others).push(predict(position));
  return auc(active, others);
}
