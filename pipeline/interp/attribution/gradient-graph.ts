import { Graph } from '../../graph/builder.ts';
import { total } from '../../graph/functions.ts';
import { reshape } from '../../graph/ops.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { vjp } from '../../graph/vjp.ts';
import { forward } from '../../models/forward.ts';
import type { Model } from '../../models/model.ts';
import { output } from '../../runtime/outputs.ts';
import type { Fetches } from '../../runtime/session.ts';
import { checkHooks, type SaeSpec } from '../../sae/sae.ts';
import { logitDiff } from '../logit-diff.ts';

const GRADIENT = (hook: string) => `gradient of ${hook}`;

/** Activations at every SAE's hooks, and the gradient of the summed metric at those that they rebuild. */
export function gradientGraph(model: Model, saes: readonly SaeSpec[]): Graph {
  const graph = new Graph();
  const metric = logitDiff(model, graph, forward(model, graph));
  for (const sae of saes) checkHooks(sae, graph);
  graph.output('metric', metric);
  const rebuilt = [...new Set(saes.map(({ outputHook }) => outputHook))];
  for (const hook of new Set([...saes.map(({ hook }) => hook), ...rebuilt]))
    graph.output(hook, graph.find(hook));
  const gradients = vjp(
    reshape(total(metric), [1]),
    rebuilt.map((hook) => graph.find(hook)),
  );
  rebuilt.forEach((hook, i) => {
    graph.output(GRADIENT(hook), gradients[i]!);
  });
  return graph;
}

/** What a batch's run of the gradient graph gives one SAE to be attributed with. */
export const atHooksOf = (
  { hook, outputHook }: SaeSpec,
  outputs: Fetches,
): Record<'x' | 'output' | 'gradient', Tensor> => ({
  x: output(outputs, hook),
  output: output(outputs, outputHook),
  gradient: output(outputs, GRADIENT(outputHook)),
});
