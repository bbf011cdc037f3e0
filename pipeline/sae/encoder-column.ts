import type { Sae } from './sae.ts';

/** [d_in]: what a feature's encoder reads. */
export const encoderColumn = ({ params, dIn, dSae }: Sae, feature: number): Float32Array =>
  Float32Array.from({ length: dIn }, (_, i) => params.W_enc.data[i * dSae + feature]!);
