import type { ModelStudy, SaeChoice } from './study.ts';

/** Where the transcoders of a study's circuits come from: the place of its SAEs. Null for a study without circuits. */
export const transcoderChoice = ({
  saes,
  circuits,
}: Pick<ModelStudy, 'saes' | 'circuits'>): SaeChoice | null =>
  saes && circuits ? { ...saes, ids: circuits.transcoders } : null;
