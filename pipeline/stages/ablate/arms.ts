import type { FeatureRow } from '../../interp/active-features.ts';
import { zeroAblate } from '../../interp/zero-ablation.ts';
import type { Addition } from '../../runtime/intervention.ts';
import type { Sae } from '../../sae/sae.ts';
import { type Arm, PROTOCOLS } from '../../schema/ablation-columns.ts';
import type { PlannedEdits } from './edits.ts';
import type { Run } from './outcome.ts';
import type { AblationSetting } from './setting.ts';
import { promptOf, type Target } from './target.ts';

export interface Doses {
  /** Number of features zeroed in every list. */
  readonly k: number;
  /** Other numbers, for the first list of each topic only. */
  readonly doses: readonly number[];
}

/** Every number of features at which a list is ablated. */
export const dosesOf = ({ list }: Target, { k, doses }: Doses): number[] =>
  list.replicate === 0 ? [...new Set([k, ...doses])] : [k];

/** The runs of one list, SAE and protocol: no edit, ablated at each dose, random control, reconstruction. */
export function armsOf(
  { reader, study: { ablation } }: AblationSetting,
  sae: Sae,
  { target, protocol, edits: { ablated, random } }: PlannedEdits,
  { reconstruction }: FeatureRow,
): Run[] {
  const prompt = promptOf(target, protocol);
  const run = (arm: Arm, k: number | null, additions: readonly Addition[]): Run => ({
    target,
    sae_id: sae.id,
    protocol,
    arm,
    k,
    draw: null,
    prompt: { ...prompt, additions },
  });
  const keptReconstruction = reconstruction.filter(({ pos }) => pos < target.kept[protocol]);
  return [
    run('no-edit', null, []),
    ...dosesOf(target, ablation).map((k) =>
      run('ablated', k, zeroAblate(reader, sae, ablated.slice(0, k))),
    ),
    run('random', ablation.k, zeroAblate(reader, sae, random)),
    run('reconstruction', null, keptReconstruction),
  ];
}

/** The arms beside `ablated` that are written once for each list and protocol. */
const SINGLE_ARMS = ['no-edit', 'random', 'reconstruction'] as const satisfies readonly Arm[];

/** The largest number of runs of one list and protocol that are written in one call. */
export const mostRunsPerList = ({ k, doses, draws }: Doses & { readonly draws: number }): number =>
  Math.max(draws, new Set([k, ...doses]).size + SINGLE_ARMS.length);

/** Each list again under each protocol, with other noise and no edit. */
export const resampledRuns = (targets: readonly Target[], draws: number): Run[] =>
  PROTOCOLS.flatMap((protocol) =>
    targets.flatMap((target) =>
      Array.from({ length: draws }, (_, draw) => {
        const { key, prompt } = promptOf(target, protocol);
        return {
          target,
          sae_id: null,
          protocol,
          arm: 'resampled',
          k: null,
          draw,
          prompt: { key: `${key} resampled ${draw}`, prompt },
        } as const;
      }),
    ),
  );
