/**
 * The hook of the residual stream to which the sublayer of a hook adds, which what follows the hook also reads. Null for
 * the residual stream's own hooks, after which nothing else is read, and in the first attention, which adds to the
 * embedded tokens.
 */
export function residualBefore(hook: string): string | null {
  const { layer, name } = partsOf(hook);
  if (name.startsWith('hook_resid_')) return null;
  if (/^(ln2|mlp|hook_mlp)/.test(name)) return `blocks.${layer}.hook_resid_mid`;
  return layer === 0 ? null : `blocks.${layer - 1}.hook_resid_post`;
}

/** The first layer in which tokens attend to what follows a hook: its own, where the hook is before the attention pattern. */
export function firstAttentionAfter(hook: string): number {
  const { layer, name } = partsOf(hook);
  return /^(ln1\.|attn\.(hook_[qkv]|hook_rot_[qk]|[qk]_norm))/.test(name) ? layer : layer + 1;
}

function partsOf(hook: string): { layer: number; name: string } {
  const [, layer, name] = /^blocks\.(\d+)\.(.+)$/.exec(hook) ?? [];
  if (layer === undefined || name === undefined)
    throw new Error(`hook ${hook} is in no layer: choose one of blocks.0, blocks.1, …`);
  return { layer: Number(layer), name };
}
