import { Graph } from '../../graph/builder.ts';
import { sub } from '../../graph/ops.ts';
import { float32 } from '../../graph/tensor.ts';
import { floats } from '../../runtime/outputs.ts';
import { saeInputs, skipTerm, sparseActivation } from '../../sae/jump-relu.ts';
import type { Sae } from '../../sae/sae.ts';
import type { Reader } from '../reader.ts';
import type { SaeDims, SaeSessions } from '../sae-sessions.ts';
import { mlpOutput } from './linear-view.ts';
import type { SequenceValues } from './sequence-values.ts';

/** What one layer's MLP adds to the residual stream in one sequence: active features, and the error. */
export interface ActiveLayer {
  readonly layer: number;
  /** Active features, by position: the position, id and activation of each. */
  readonly positions: Int32Array;
  readonly features: Int32Array;
  readonly acts: Float32Array;
  /** [T + 1]: index of each position's first feature, and the number of features. */
  readonly starts: Int32Array;
  /** [T, d_model]: the output less the reconstruction; at uncounted positions, which have no features, less the skip term. */
  readonly error: Float32Array;
}

/** A layer without a transcoder: its output is all error. */
export const unsplitLayer = (layer: number, { batch, hooks }: SequenceValues): ActiveLayer => ({
  layer,
  positions: new Int32Array(0),
  features: new Int32Array(0),
  acts: new Float32Array(0),
  starts: new Int32Array(batch.length + 1),
  error: hooks[mlpOutput(layer)]!,
});

/**
 * Split a layer's output in one sequence by its transcoder.
 * @param sessions of `splitGraph`
 */
export async function splitLayer(
  { uncounted }: Pick<Reader, 'uncounted'>,
  sessions: SaeSessions,
  coder: Sae,
  { batch, hooks }: SequenceValues,
): Promise<ActiveLayer> {
  const { layer, params, dIn, dSae, dOut, hook, outputHook } = coder;
  const session = await sessions.sessionFor(coder);
  const T = batch.length;
  const outputs = await session.run({
    ...params,
    x: float32(hooks[hook]!, [1, T, dIn]),
    y: float32(hooks[outputHook]!, [1, T, dOut]),
  });
  const error = floats(outputs, 'error');
  error.set(floats(outputs, 'unskipped').subarray(0, uncounted * dOut));
  return { layer, error, ...activeFeatures(floats(outputs, 'acts'), { T, dSae, uncounted }) };
}

/** @param acts [T, d_sae] */
function activeFeatures(
  acts: Float32Array,
  { T, dSae, uncounted }: { readonly T: number; readonly dSae: number; readonly uncounted: number },
): Omit<ActiveLayer, 'layer' | 'error'> {
  const positions: number[] = [];
  const features: number[] = [];
  const starts = new Int32Array(T + 1);
  for (let pos = 0; pos < T; pos++) {
    starts[pos] = features.length;
    if (pos < uncounted) continue;
    for (let feature = 0; feature < dSae; feature++)
      if (acts[pos * dSae + feature]! > 0) {
        positions.push(pos);
        features.push(feature);
      }
  }
  starts[T] = features.length;
  return {
    positions: Int32Array.from(positions),
    features: Int32Array.from(features),
    acts: Float32Array.from(features, (feature, i) => acts[positions[i]! * dSae + feature]!),
    starts,
  };
}

/**
 * Outputs: `acts` [1, T, d_sae]; `error` [1, T, d_out]; `unskipped` [1, T, d_out], the output less the skip term. Inputs: the
 * parameters; `x` and `y`, the values of the hooks.
 */
export function splitGraph(dims: SaeDims): Graph {
  const graph = new Graph();
  const weights = saeInputs(graph, dims);
  const x = graph.input('x', 'float32', [1, 'T', dims.dIn]);
  const y = graph.input('y', 'float32', [1, 'T', dims.dOut]);
  const { featureActs, errorTerm } = sparseActivation(weights, x, y);
  graph.output('acts', featureActs);
  graph.output('error', errorTerm);
  const skipped = skipTerm(weights, x);
  graph.output('unskipped', skipped ? sub(y, skipped) : y);
  return graph;
}
