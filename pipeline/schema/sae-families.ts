/**
 * Sites of SAEs: the residual stream, the attention heads' outputs, the MLP's output; `tc` is a transcoder of the MLP.
 */
export const FAMILIES = ['res', 'att', 'mlp', 'tc'] as const;
export type Family = (typeof FAMILIES)[number];
