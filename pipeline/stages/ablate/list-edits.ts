import type { Sae } from '../../sae/sae.ts';
import { type ChosenArm, CONTROLS, type Protocol } from '../../schema/ablation-columns.ts';
import { keyedRandom } from '../../stats/random.ts';
import { dosesOf, isControlled, protocolsOf } from './conditions.ts';
import { type Draw, drawRandom, matchMass, matchNorm } from './controls.ts';
import { type Edit, interventionOf, mostAttributed, type PlannedEdits } from './edits.ts';
import type { PoolOf } from './pools.ts';
import type { AblationSetting } from './setting.ts';
import type { Target } from './target.ts';

const ARMS = ['ablated', 'substituted'] as const satisfies readonly ChosenArm[];

/** How the controls of an arm are drawn, in the order in which `CONTROLS` names them. */
const DRAWN = [drawRandom, matchNorm, matchMass] as const satisfies readonly ((
  draw: Draw,
  sae: Sae,
) => Edit[])[];

/** Edits of the features that each list's own attribution ranks first, and the controls of the lists that have them. */
export const listEdits = (
  setting: AblationSetting,
  sae: Sae,
  targets: readonly Target[],
  poolOf: PoolOf,
): PlannedEdits[] =>
  targets.flatMap((target) =>
    protocolsOf(setting.study.ablation).flatMap((protocol) =>
      ARMS.flatMap((arm) => armEdits(setting, sae, { target, protocol, arm, poolOf })),
    ),
  );

interface ListArm {
  readonly target: Target;
  readonly protocol: Protocol;
  readonly arm: (typeof ARMS)[number];
  readonly poolOf: PoolOf;
}

function armEdits(
  setting: AblationSetting,
  sae: Sae,
  { target, protocol, arm, poolOf }: ListArm,
): PlannedEdits[] {
  const { seed, ablation } = setting.study;
  const all = poolOf(target, protocol, interventionOf(arm));
  const most = arm === 'ablated' ? Math.max(...dosesOf(target, ablation)) : ablation.k;
  const edits = mostAttributed(all, most);
  const chosen = edits.slice(0, ablation.k);
  const places = new Set(chosen.map(({ pos }) => pos));
  const pool = all.filter(({ pos }) => places.has(pos));
  const common = { target, protocol, nPool: pool.length };
  const draws = isControlled(target, ablation) ? ablation.controls.draws : 0;
  const controls = CONTROLS[arm].flatMap((control, i) =>
    Array.from({ length: draws }, (_, draw): PlannedEdits => {
      const key = `${control} ${draw} ${target.list.sample_id} ${sae.id} ${protocol}`;
      const random = keyedRandom(seed, key);
      return {
        ...common,
        arm: control,
        draw,
        edits: DRAWN[i]!({ edits: chosen, pool, random }, sae),
      };
    }),
  );
  return [{ ...common, arm, draw: null, edits }, ...controls];
}
