import type { Graph, Value } from '../graph/builder.ts';
import type { BlockInputs, BlockOutputs } from './architecture.ts';
import { attentionBias } from './attention-bias.ts';
import type { Model } from './model.ts';
import type { Weights } from './weights.ts';

export interface ForwardOptions extends Pick<BlockInputs, 'edit'> {
  readonly dtype?: 'float32' | 'float64';
}

export interface Forward extends BlockOutputs {
  readonly weights: Weights;
  /** [B, T, d_model]: what the first layer reads. */
  readonly embed: Value;
}

/**
 * A model over whole sequences, left-padded to one length. Inputs of the graph, all int64 [B, T]:
 * `ids`, `positions`, and `key_positions`, which is NEVER where a token is padding (see runtime/batch.ts).
 */
export function forward(
  model: Model,
  graph: Graph,
  { dtype = 'float32', edit }: ForwardOptions = {},
): Forward {
  const weights = model.load(graph, dtype);
  const [ids, positions, keyPositions] = ['ids', 'positions', 'key_positions'].map((name) =>
    graph.input(name, 'int64', ['B', 'T']),
  ) as [Value, Value, Value];
  const embed = graph.rename(model.embed(weights, ids), 'hook_embed');
  const bias = attentionBias(positions, keyPositions, model.windows, dtype);
  const inputs = { resid: embed, positions, bias, ...(edit && { edit }) };
  return { weights, embed, ...model.blocks(weights, inputs) };
}
