import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Graph } from '../../graph/builder.ts';
import { encodeModel } from '../../graph/encode.ts';
import { softmax } from '../../graph/ops.ts';
import type { Model } from '../../models/model.ts';
import type { SteeringSite } from '../../runtime/intervention.ts';
import { nucleus } from '../../runtime/sampling.ts';
import { firstStep, outputKeysAndValues } from '../../runtime/step-graph.ts';
import type { LiveGraph, LiveModel } from '../../schema/live.ts';
import { sha256 } from '../../schema/sha256.ts';

/**
 * The graph of one step of generation, as `stepGraph` has it, which also gives what a token was drawn from: `p` [N, d_vocab], the
 * probabilities at temperature 1; `probs` and `ids_by_p` [N, k], the likeliest tokens with their probabilities in the nucleus.
 */
export function liveStepGraph(
  model: Model,
  { hook, steerAt }: { readonly hook: string; readonly steerAt: SteeringSite },
): Graph {
  const { graph, inputs, out } = firstStep(model, { hook, steerAt });
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

/** A graph as a part of the page: its weights stay in the model's file. */
export const livePart = (graph: Graph): LiveGraph => ({
  base64: Buffer.from(encodeModel(graph).bytes).toString('base64'),
});

/** The one file of a model's weights. @throws where they are in several */
export function weightsFile({ checkpoint }: Model): LiveModel['setting']['weights'] {
  const files = new Set([...checkpoint.tensors.values()].map(({ file }) => file));
  const [file, ...others] = files;
  if (file === undefined || others.length > 0)
    throw new Error(`the model's weights are in ${files.size} files: the page try/ reads one`);
  return { file: basename(file), sha256: sha256(readFileSync(file)) };
}
