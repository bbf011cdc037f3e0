import type { Value } from '../graph/builder.ts';
import { add } from '../graph/ops.ts';
import type { BlockInputs, BlockOutputs } from './architecture.ts';
import { attention } from './attention.ts';
import { ofKind } from './attention-kind.ts';
import type { DecoderSpec } from './decoder-spec.ts';
import { openLayer } from './layer.ts';
import { mlp } from './mlp.ts';
import { rotaryAngles } from './rotary.ts';
import type { Weights } from './weights.ts';

/**
 * All layers of a decoder. For each: `x += attention(ln1(x))`, then `x += mlp(ln2(x))`; where the family has norms after
 * sublayers, what is added is normalized first.
 *
 * Values that TransformerLens has a hook for carry its name; the rest (`ln1.output`, `attn.output`, …) are named after
 * the module that gives them. `hook_z` is [B, T, nHeads · d_head], heads concatenated. Without norms after sublayers,
 * `attn.output` and `mlp.output` are `hook_attn_out` and `hook_mlp_out`, and have that name alone.
 */
export function blocks(spec: DecoderSpec, weights: Weights, inputs: BlockInputs): BlockOutputs {
  const angles = rotaryAngles(inputs.positions, spec, inputs.resid.dtype);
  const keys: Value[] = [];
  const values: Value[] = [];
  let resid = inputs.resid;
  for (let index = 0; index < spec.dims.nLayers; index++) {
    const layer = openLayer(spec, weights, index, inputs.edit);
    const attended = attention(layer, resid, ofKind(angles, layer.kind, 'rotary base'), inputs);
    keys.push(attended.keys);
    values.push(attended.values);
    const mid = layer.hook('hook_resid_mid', add(resid, attended.out));
    resid = layer.hook('hook_resid_post', add(mid, mlp(layer, mid)));
  }
  return { resid, keys, values };
}
