import { crossEntropy } from './baseline-columns.ts';
import { damageArm } from './damage-columns.ts';
import { sampleId } from './shared-columns.ts';
import { type Row, table } from './table.ts';

export const ablationDamage = table(
  'ablation_damage',
  'the cross-entropy of one list of ablations',
  {
    sample_id: sampleId,
    ...damageArm,
    cross_entropy: crossEntropy,
  },
);

export type DamageRow = Row<typeof ablationDamage>;
