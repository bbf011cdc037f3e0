import { difference } from './baseline-columns.ts';
import { judgedArm } from './damage-columns.ts';
import { type Row, table } from './table.ts';

export const ablationDamageEffects = table(
  'ablation_damage_effects',
  'how the cross-entropy of one arm of ablations differs from the baseline’s',
  { ...judgedArm, ...difference },
);

export type DamageEffectRow = Row<typeof ablationDamageEffects>;
