import { ABLATION_CLAIMS } from './ablation-claims.ts';
import type { Claim } from './claim.ts';
import { DATA_CLAIMS, ENTROPY_FIGURE_CLAIMS, ITEM_TABLE_CLAIMS } from './data-claims.ts';
import { EFFECT_TABLE_CLAIMS } from './effect-table-claims.ts';
import { ENTROPY_CLAIMS } from './entropy-claims.ts';
import { FEATURE_CLAIMS } from './feature-claims.ts';
import { LENGTH_CLAIMS } from './length-claims.ts';
import { LENS_CLAIMS } from './lens-claims.ts';
import { LIST_CLAIMS } from './list-claims.ts';
import { TOPIC_CLAIMS } from './topic-claims.ts';

/** Every claim of the write-up, in the order of its sections. */
export const CLAIMS: readonly Claim[] = [
  ...DATA_CLAIMS,
  ...LIST_CLAIMS,
  ...TOPIC_CLAIMS,
  ...LENGTH_CLAIMS,
  ...ITEM_TABLE_CLAIMS,
  ...ENTROPY_CLAIMS,
  ...ENTROPY_FIGURE_CLAIMS,
  ...LENS_CLAIMS,
  ...FEATURE_CLAIMS,
  ...EFFECT_TABLE_CLAIMS,
  ...ABLATION_CLAIMS,
];
