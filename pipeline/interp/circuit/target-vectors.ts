import { Graph } from '../../graph/builder.ts';
import { total } from '../../graph/functions.ts';
import { expand, reshape } from '../../graph/layout.ts';
import { add, mul, stopGradient } from '../../graph/ops.ts';
import { float32 } from '../../graph/tensor.ts';
import { vjp } from '../../graph/vjp.ts';
import type { Model } from '../../models/model.ts';
import { floats } from '../../runtime/outputs.ts';
import type { Session } from '../../runtime/session.ts';

/** What an attribution graph ends in: a function of the logits after the last token, by its slopes there. */
export interface Target {
  readonly name: string;
  /** Its share of the influence; those of all targets of a graph add up to 1. */
  readonly weight: number;
  /** [d_vocab]: slope of the target along each logit. */
  readonly slopes: Float32Array;
  /** Whether these are the logits before the final softcap, as other tools have them. */
  readonly uncapped: boolean;
}

/** The two tokens of the decision: the list ends, or goes on. */
export interface Decision {
  readonly end: number;
  readonly again: number;
}

/** `p_end − p_again`. @param logits [d_vocab] after the last token */
export function decisionTarget(logits: Float32Array, { end, again }: Decision): Target {
  const p = softmax(logits);
  const difference = p[end]! - p[again]!;
  const slopes = Float32Array.from(p, (each) => -each * difference);
  slopes[end]! += p[end]!;
  slopes[again]! -= p[again]!;
  return { name: 'p_end − p_again', weight: 1, slopes, uncapped: false };
}

/** Targets are the likeliest tokens, at most `MOST_LOGITS`, until they have this share of the probability. */
const ENOUGH = 0.95;
const MOST_LOGITS = 10;

/**
 * The logits of the likeliest tokens, less the mean of all logits, weighed by their probabilities. Source: the defaults of
 * circuit-tracer.
 */
export function logitTargets(logits: Float32Array): Target[] {
  const p = softmax(logits);
  const ranked = [...p.keys()].sort((a, b) => p[b]! - p[a]!).slice(0, MOST_LOGITS);
  let sum = 0;
  const chosen = ranked.filter((id) => {
    const isNeeded = sum < ENOUGH;
    if (isNeeded) sum += p[id]!;
    return isNeeded;
  });
  return chosen.map((id) => {
    const slopes = new Float32Array(logits.length).fill(-1 / logits.length);
    slopes[id]! += 1;
    return { name: `logit ${id}`, weight: p[id]! / sum, slopes, uncapped: true };
  });
}

/** [d_vocab] */
export function softmax(logits: Float32Array): Float64Array {
  const max = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const weights = Float64Array.from(logits, (logit) => Math.exp(logit - max));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

/**
 * [d_model] for each target: its gradient with respect to the residual stream after the last layer, with the factor of the
 * final norm held.
 * @param session of `targetGraph`
 * @param resid [d_model]: the residual stream after the last token
 */
export async function targetVectors(
  session: Session,
  resid: Float32Array,
  targets: readonly Target[],
): Promise<Float32Array[]> {
  const [n, dVocab] = [targets.length, targets[0]!.slopes.length];
  const slopesOf = (uncapped: boolean) => {
    const slopes = new Float32Array(n * dVocab);
    targets.forEach((target, row) => {
      if (target.uncapped === uncapped) slopes.set(target.slopes, row * dVocab);
    });
    return float32(slopes, [n, dVocab]);
  };
  const outputs = await session.run({
    resid: float32(resid, [1, resid.length]),
    slopes: slopesOf(false),
    'slopes of uncapped': slopesOf(true),
  });
  const vectors = floats(outputs, 'vectors');
  return targets.map((_, row) => vectors.slice(row * resid.length, (row + 1) * resid.length));
}

/** Output `vectors` [N, d_model]. Inputs: `resid` [1, d_model]; `slopes` and `slopes of uncapped` [N, d_vocab]. */
export function targetGraph(model: Model): Graph {
  const { dModel, dVocab } = model.dims;
  const graph = new Graph();
  const weights = model.load(graph);
  const slopes = graph.input('slopes', 'float32', ['N', dVocab]);
  const ofUncapped = graph.input('slopes of uncapped', 'float32', ['N', dVocab]);
  const rows = expand(graph.input('resid', 'float32', [1, dModel]), ['N', dModel]);
  const { logits, uncapped } = model.unembed(weights, rows, { normOf: stopGradient(rows) });
  const values = add(mul(slopes, logits), mul(ofUncapped, uncapped));
  graph.output('vectors', vjp(reshape(total(values), [1]), [rows])[0]!);
  return graph;
}
