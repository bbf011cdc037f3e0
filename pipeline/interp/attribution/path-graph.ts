import { Graph, type Value } from '../../graph/builder.ts';
import { total } from '../../graph/functions.ts';
import { reshape } from '../../graph/layout.ts';
import { mul, sub } from '../../graph/ops.ts';
import { vjp } from '../../graph/vjp.ts';
import { forward } from '../../models/forward.ts';
import type { Model } from '../../models/model.ts';
import { checkHooks, type SaeSpec } from '../../sae/sae.ts';
import { logitDiff } from '../logit-diff.ts';
import { residualBefore } from '../residual-before.ts';

/**
 * The values of the hooks from which `pathGraph` and the SAE's own graphs go on: what the SAE reads, what it
 * reconstructs, and the residual stream that this is added to. Each output has its hook's name.
 */
export function hookValuesGraph(model: Model, sae: SaeSpec): Graph {
  const graph = new Graph();
  forward(model, graph);
  checkHooks(sae, graph);
  const hooks = [sae.hook, sae.outputHook, residualBefore(sae.outputHook) ?? sae.hook];
  for (const hook of new Set(hooks)) graph.output(hook, graph.find(hook));
  return graph;
}

const POINT = 'point of the path';

/**
 * The metric at one point of a path, `metric` [B, 1], and the gradient of the summed metric at the hook, `gradient`
 * [B, T, d]. At the point, the hook's value is `output − share · delta`: the error term and everything else that the
 * features do not change stay. Layers below the hook do not run.
 *
 * Inputs: tokens and metric; `output` and `delta` [B, T, d]; `share` [B, 1, 1], from 1 at the path's start to 0 at its
 * end; `base` [B, T, d_model], the value of the hook that `residualBefore` names, where it names one.
 */
export function pathGraph(model: Model, hook: string): Graph {
  const graph = new Graph();
  const base = residualBefore(hook);
  const edit = (name: string, value: Value): Value => {
    if (name === base) return graph.input('base', 'float32', value.shape);
    return name === hook ? graph.rename(pointOf(value), POINT) : value;
  };
  const metric = logitDiff(model, graph, forward(model, graph, { edit }));
  graph.output('metric', metric);
  const [gradient] = vjp(reshape(total(metric), [1]), [graph.find(POINT)]);
  graph.output('gradient', gradient!);
  return graph;
}

function pointOf({ graph, shape }: Value): Value {
  const [output, delta] = ['output', 'delta'].map((name) => graph.input(name, 'float32', shape));
  return sub(output!, mul(graph.input('share', 'float32', ['B', 1, 1]), delta!));
}
