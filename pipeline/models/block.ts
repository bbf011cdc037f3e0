import type { Value } from '../graph/builder.ts';
import { add } from '../graph/ops.ts';
import type { BlockInputs, BlockOutputs } from './architecture.ts';
import { attention } from './attention.ts';
import { valueOfKind } from './attention-kind.ts';
import type { DecoderSpec } from './decoder-spec.ts';
import { openLayer } from './layer.ts';
import { mlp } from './mlp.ts';
import { rotaryAngles } from './rotary.ts';
import type { Weights } from './weights.ts';

/**
 * All layers of a decoder. Each layer computes `x += attention(ln1(x))`, then `x += mlp(ln2(x))`; in models with norms
 * after sublayers, the added values are normalized first.
 *
 * Hook points have TransformerLens's names where it has a hook there; other values (`ln1.output`, `attn.output`, …) are
 * named after the module that computes them. `hook_z` is [B, T, nHeads · d_head], heads concatenated. Models without
 * norms after sublayers have no `attn.output` and `mlp.output`: these equal `hook_attn_out` and `hook_mlp_out`.
 */
export function blocks(spec: DecoderSpec, weights: Weights, inputs: BlockInputs): BlockOutputs {
  const angles = rotaryAngles(inputs.positions, spec, inputs.resid.dtype);
  const keys: Value[] = [];
  const values: Value[] = [];
  let resid = inputs.resid;
  for (let index = inputs.from ?? 0; index < spec.dims.nLayers; index++) {
    const layer = openLayer(spec, weights, index, inputs.edit);
    const layerAngles = valueOfKind(angles, layer.kind, 'rotary angles');
    const attn = attention(layer, resid, layerAngles, inputs);
    keys.push(attn.keys);
    values.push(attn.values);
    const mid = layer.hook('hook_resid_mid', add(resid, attn.out));
    resid = layer.hook('hook_resid_post', add(mid, mlp(layer, mid)));
  }
  return { resid, keys, values };
}
