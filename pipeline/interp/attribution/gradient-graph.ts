import { Graph } from '../../graph/builder.ts';
import { total } from '../../graph/functions.ts';
import { reshape } from '../../graph/layout.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { vjp } from '../../graph/vjp.ts';
import { forward } from '../../models/forward.ts';
import type { Model } from '../../models/model.ts';
import { floatTensor } from '../../runtime/outputs.ts';
import type { Fetches } from '../../runtime/session.ts';
import { checkHooks, type SaeSpec } from '../../sae/sae.ts';
import { logitDiff } from '../logit-diff.ts';

const gradientName = (hook: string) => `gradient of ${hook}`;

/**
 * Outputs: `metric` [B, 1]; the values of all hooks that the SAEs read or reconstruct; for each reconstructed hook, the
 * gradient of the summed metric with respect to its value.
 */
export function gradientGraph(model: Model, saes: readonly SaeSpec[]): Graph {
  const graph = new Graph();
  const metric = logitDiff(model, graph, forward(model, graph));
  for (const sae of saes) checkHooks(sae, graph);
  graph.output('metric', metric);
  const outputHooks = [...new Set(saes.map(({ outputHook }) => outputHook))];
  for (const hook of new Set([...saes.map(({ hook }) => hook), ...outputHooks]))
    graph.output(hook, graph.find(hook));
  const gradients = vjp(
    reshape(total(metric), [1]),
    outputHooks.map((hook) => graph.find(hook)),
  );
  outputHooks.forEach((hook, i) => {
    graph.output(gradientName(hook), gradients[i]!);
  });
  return graph;
}

/** What one SAE reads and reconstructs, and the gradient at the latter, from outputs of the gradient graph. */
export const hookValues = (
  { hook, outputHook }: SaeSpec,
  outputs: Fetches,
): Record<'x' | 'output' | 'gradient', Tensor<Float32Array>> => ({
  x: floatTensor(outputs, hook),
  output: floatTensor(outputs, outputHook),
  gradient: floatTensor(outputs, gradientName(outputHook)),
});
