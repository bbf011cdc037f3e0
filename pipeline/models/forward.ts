import type { Graph, Value } from '../graph/builder.ts';
import type { BlockInputs, BlockOutputs, CachedTokens } from './architecture.ts';
import { attentionBias } from './attention-bias.ts';
import type { Model } from './model.ts';
import type { Weights } from './weights.ts';

export interface ForwardOptions extends Pick<BlockInputs, 'edit'> {
  readonly dtype?: 'float32' | 'float64';
  /** Earlier tokens of the sequences; none where left out. */
  readonly cache?: CachedTokens;
}

export interface Forward extends BlockOutputs {
  readonly weights: Weights;
  /** [B, T, d_model]: the residual stream before the first layer. */
  readonly embed: Value;
}

/**
 * Run a model on sequences, left-padded to one length. The graph gets the inputs `ids`, `positions` and
 * `key_positions`, int64 [B, T]; key_positions is MASKED where a token is padding (see runtime/batch.ts).
 */
export function forward(
  model: Model,
  graph: Graph,
  { dtype = 'float32', edit, cache }: ForwardOptions = {},
): Forward {
  const weights = model.load(graph, dtype);
  const tokenInput = (name: string) => graph.input(name, 'int64', ['B', 'T']);
  const ids = tokenInput('ids');
  const positions = tokenInput('positions');
  const keyPositions = tokenInput('key_positions');
  const embed = graph.rename(model.embed(weights, ids), 'hook_embed');
  const biasOn = (keys: Value) => attentionBias(positions, keys, model.windows, dtype);
  const inputs = {
    resid: embed,
    positions,
    bias: biasOn(keyPositions),
    ...(edit && { edit }),
    ...(cache && { cache: { ...cache, bias: biasOn(cache.positions) } }),
  };
  return { weights, embed, ...model.blocks(weights, inputs) };
}
