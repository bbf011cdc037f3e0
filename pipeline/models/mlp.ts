import type { Value } from '../graph/builder.ts';
import { gelu, silu } from '../graph/functions.ts';
import { mul } from '../graph/ops.ts';
import type { Activation } from './decoder-spec.ts';
import type { Layer } from './layer.ts';
import { norm } from './norm.ts';

/** Gated MLP on the normalized residual stream: `W_down (act(W_gate x) ⊙ W_up x)`. */
export function mlp(layer: Layer, resid: Value): Value {
  const { spec, linear, hook } = layer;
  const x = hook('ln2.output', norm(layer, 'ln2', resid));
  const gate = hook('mlp.hook_pre', linear(x, 'gate'));
  const up = hook('mlp.hook_pre_linear', linear(x, 'up'));
  const hidden = hook('mlp.hook_post', mul(ACTIVATIONS[spec.mlp.activation](gate), up));
  const out = linear(hidden, 'down');
  if (!spec.norms.afterSublayers) return hook('hook_mlp_out', out);
  return hook('hook_mlp_out', norm(layer, 'ln2_post', hook('mlp.output', out)));
}

const ACTIVATIONS: Readonly<Record<Activation, (x: Value) => Value>> = {
  'gelu-tanh': gelu,
  silu,
};
