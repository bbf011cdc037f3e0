/** What an SAE reads and writes: the residual stream, the heads' outputs, the MLP. */
export const FAMILIES = ['res', 'att', 'mlp', 'tc'] as const;
export type Family = (typeof FAMILIES)[number];
