/**
 * The hook of the residual stream to which the sublayer of a hook adds, which what follows the hook also reads. Null for
 * the residual stream's own hooks, after which nothing else is read, and in the first attention, which adds to the
 * embedded tokens.
 */
export function residualBefore(hook: string): string | null {
  const [, layer, name = ''] = /^blocks\.(\d+)\.(.+)$/.exec(hook) ?? [];
  if (layer === undefined)
    throw new Error(`hook ${hook} is in no layer: choose one of blocks.0, blocks.1, …`);
  if (name.startsWith('hook_resid_')) return null;
  if (/^(ln2|mlp|hook_mlp)/.test(name)) return `blocks.${layer}.hook_resid_mid`;
  return layer === '0' ? null : `blocks.${Number(layer) - 1}.hook_resid_post`;
}
