import type { Graph } from '../pipeline/graph/builder.ts';
import { featureGraph } from '../pipeline/interp/active-features.ts';
import { gradientGraph } from '../pipeline/interp/attribution/gradient-graph.ts';
import { hookValuesGraph, pathGraph } from '../pipeline/interp/attribution/path-graph.ts';
import {
  decodeAtGraph,
  decodeGraph,
  placesGraph,
  slopesAtGraph,
  slopesGraph,
} from '../pipeline/interp/attribution/sae-graphs.ts';
import { realisedGraph } from '../pipeline/interp/cross-entropy.ts';
import { encoderGraph, hookGraph } from '../pipeline/interp/feature-activations.ts';
import { directionGraph } from '../pipeline/interp/feature-logits.ts';
import { unchangedGraph } from '../pipeline/interp/hook-values.ts';
import { keysAndValuesGraph } from '../pipeline/interp/keys-and-values.ts';
import { lastLogitDiffGraph } from '../pipeline/interp/last-logit-diff.ts';
import { lensGraph } from '../pipeline/interp/logit-lens.ts';
import { editedMetricGraph } from '../pipeline/interp/measured-metric.ts';
import { nextTokenGraph } from '../pipeline/interp/next-token.ts';
import { patchedResidualsGraph } from '../pipeline/interp/patching/patched-runs.ts';
import { hookGradientGraph } from '../pipeline/interp/patching/read-pairs.ts';
import { swappedOutputsGraph } from '../pipeline/interp/patching/swap-outputs.ts';
import { coderGraph } from '../pipeline/interp/sae-quality/coder-graph.ts';
import { patchedGraph } from '../pipeline/interp/sae-quality/patched-graph.ts';
import { steeredLogitsGraph } from '../pipeline/interp/steered-logits.ts';
import { residualGraph } from '../pipeline/interp/steering.ts';
import { liveStepGraph } from '../pipeline/live/step-graph.ts';
import type { Model } from '../pipeline/models/model.ts';
import { stepGraph } from '../pipeline/runtime/step-graph.ts';
import type { Sae } from '../pipeline/sae/sae.ts';

/** Every graph that measures a model or generates with it, each by its name. */
export function pipelineGraphs(model: Model, saes: readonly Sae[]): Record<string, () => Graph> {
  const hook = saes[0]!.outputHook;
  const steerAt = { hook: 'blocks.1.hook_resid_post', from: 1 };
  const logitBias = new Float32Array(model.dims.dVocab);
  return {
    generate: () => stepGraph(model).graph,
    'generate, with additions': () => stepGraph(model, { hook }).graph,
    'generate, steered': () => stepGraph(model, { steerAt }).graph,
    'generate, with a bias': () => stepGraph(model, { logitBias }).graph,
    'generate in a browser': () => liveStepGraph(model, { hook, steerAt }),
    'next token': () => nextTokenGraph(model),
    'cross-entropy': () => realisedGraph(model),
    'logit lens': () => lensGraph(model),
    residuals: () => residualGraph(model),
    'unchanged up to a hook': () => unchangedGraph(model, hook),
    'edited metric': () => editedMetricGraph(model, hook),
    'steered logits': () => steeredLogitsGraph(model, hook),
    'last logit difference': () => lastLogitDiffGraph(model),
    'gradients at hooks': () => hookGradientGraph(model, [hook]),
    'patched residuals': () => patchedResidualsGraph(model, 0),
    'keys and values': () => keysAndValuesGraph(model),
    'swapped outputs': () => swappedOutputsGraph(model),
    gradients: () => gradientGraph(model, saes),
    hooks: () => hookGraph(model, saes),
    patched: () => patchedGraph(model, saes),
    ...Object.fromEntries(
      saes.flatMap((sae) =>
        Object.entries({
          places: () => placesGraph(sae),
          slopes: () => slopesGraph(sae),
          decoded: () => decodeGraph(sae),
          'slopes at some features': () => slopesAtGraph(sae),
          'decoded from some features': () => decodeAtGraph(sae),
          'hooks of a path': () => hookValuesGraph(model, sae),
          'gradient on a path': () => pathGraph(model, sae.outputHook),
          encoder: () => encoderGraph(sae),
          'encoder with TopK': () => encoderGraph({ ...sae, k: 3 }),
          coder: () => coderGraph(sae),
          features: () => featureGraph(model, sae),
          directions: () => directionGraph(model, sae),
        }).map(([name, build]) => [`${name} of ${sae.family}`, build]),
      ),
    ),
  };
}
