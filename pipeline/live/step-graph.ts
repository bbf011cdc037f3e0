import type { Graph } from '../graph/builder.ts';
import { softmax } from '../graph/ops.ts';
import type { Model } from '../models/model.ts';
import type { Intervention } from '../runtime/intervention.ts';
import { nucleus } from '../runtime/sampling.ts';
import { firstStep, outputKeysAndValues } from '../runtime/step-graph.ts';

/**
 * The graph of one step of generation, as `stepGraph` has it, which also gives what a token was drawn from: `p` [N, d_vocab], the
 * probabilities at temperature 1; `probs` and `ids_by_p` [N, k], the likeliest tokens with their probabilities in the nucleus.
 */
export function liveStepGraph(
  model: Model,
  intervention: Pick<Intervention, 'hook' | 'steerAt'>,
): Graph {
  const { graph, inputs, out } = firstStep(model, intervention);
  const { temperature, topP, k } = inputs.sampling;
  const heated = graph.nodes.find(({ op, inputs: [, by] }) => op === 'Div' && by === temperature);
  if (heated === undefined) throw new Error('no logits are divided by the temperature');
  const logits = heated.inputs[0]!;
  const { probs, ids } = nucleus(logits, temperature, topP, k);
  outputKeysAndValues(graph, out);
  for (const [name, value] of Object.entries({
    token: out.token,
    mass: out.mass,
    p: softmax(logits),
    probs,
    ids_by_p: ids,
  }))
    graph.output(name, value);
  return graph;
}
