import { difference } from './baseline-columns.ts';
import { damageArm } from './damage-columns.ts';
import { type Row, table } from './table.ts';

export const ablationDamageEffects = table(
  'ablation_damage_effects',
  'the difference in cross-entropy between one arm of ablations and the baseline',
  { ...damageArm, ...difference },
);

export type DamageEffectRow = Row<typeof ablationDamageEffects>;
