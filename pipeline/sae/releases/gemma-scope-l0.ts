import type { Family } from '../../schema/sae-families.ts';

/**
 * For each family and layer, the average L0 of the canonical Gemma Scope 2B SAE with 16k features.
 * Source: SAELens, pretrained SAEs, releases gemma-scope-2b-pt-{res,att,mlp,transcoders}-canonical.
 */
export const CANONICAL_L0: Readonly<Record<Family, readonly number[]>> = {
  res: [
    105, 102, 141, 59, 124, 68, 70, 69, 71, 73, 77, 80, 82, 84, 84, 78, 78, 77, 74, 73, 71, 70, 72,
    75, 73, 116,
  ],
  att: [
    104, 79, 93, 117, 116, 135, 61, 99, 129, 127, 70, 80, 85, 92, 71, 98, 71, 79, 72, 122, 62, 65,
    106, 73, 96, 77,
  ],
  mlp: [
    119, 105, 95, 95, 85, 114, 133, 60, 136, 88, 110, 98, 108, 112, 97, 80, 72, 68, 106, 109, 109,
    113, 121, 128, 73, 126,
  ],
  tc: [
    76, 65, 49, 54, 88, 87, 95, 70, 52, 72, 88, 5, 6, 8, 8, 8, 10, 12, 13, 12, 11, 13, 15, 25, 37,
    41,
  ],
};
