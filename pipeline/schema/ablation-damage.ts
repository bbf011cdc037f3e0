import { crossEntropy } from './baseline-columns.ts';
import { judgedArm } from './damage-columns.ts';
import { sampleId } from './shared-columns.ts';
import { type Row, table } from './table.ts';

export const ablationDamage = table('ablation_damage', 'one list of ablations, judged', {
  sample_id: sampleId,
  ...judgedArm,
  cross_entropy: crossEntropy,
});

export type DamageRow = Row<typeof ablationDamage>;
