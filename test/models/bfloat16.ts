import type { Value } from '../../pipeline/graph/builder.ts';
import { cast } from '../../pipeline/graph/ops.ts';
import type { Model } from '../../pipeline/models/model.ts';
import type { Weights } from '../../pipeline/models/weights.ts';

/**
 * A model that computes on the CPU as on CUDA: operand and result of each product are rounded to bfloat16, and it is
 * summed in float32. The CPU has no bfloat16 product, so float32 multiplies what was rounded.
 */
export const roundedProducts = (model: Model): Model =>
  reweighted(model, (weights) => ({
    ...weights,
    product: (x, name) => rounded(weights.product(rounded(x), name)),
  }));

/** A model that rounds nothing but the logits. */
export const roundedLogits = (model: Model): Model =>
  reweighted(model, (weights) => ({
    ...weights,
    exactProduct: (x, name) => {
      const exact = weights.exactProduct(x, name);
      return name === 'model.embed_tokens.weight' ? rounded(exact) : exact;
    },
  }));

const reweighted = (model: Model, change: (weights: Weights) => Weights): Model => ({
  ...model,
  load: (graph, dtype) => change(model.load(graph, dtype)),
});

const rounded = (x: Value): Value => cast(cast(x, 'bfloat16'), x.dtype);
