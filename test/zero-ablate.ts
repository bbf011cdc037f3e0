import type { Reader } from '../pipeline/interp/reader.ts';
import { type ActiveFeature, setFeatures } from '../pipeline/interp/set-features.ts';
import type { Addition } from '../pipeline/runtime/intervention.ts';
import type { Sae } from '../pipeline/sae/sae.ts';

/**
 * The additions at an SAE's output hook that zero-ablate features and keep the error term.
 *
 * Source: Marks et al. (2024), arXiv 2403.19647, section 3.1 (the intervention whose effect attribution estimates).
 *
 * @throws as `setFeatures` does
 */
export const zeroAblate = (
  reader: Pick<Reader, 'uncounted'>,
  sae: Pick<Sae, 'id' | 'dSae' | 'params'>,
  features: readonly ActiveFeature[],
): Addition[] =>
  setFeatures(
    reader,
    sae,
    features.map((active) => ({ ...active, value: 0 })),
  );
