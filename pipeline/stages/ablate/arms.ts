import type { FeatureRow } from '../../interp/active-features.ts';
import { setFeatures } from '../../interp/set-features.ts';
import type { Prompt } from '../../runtime/generate.ts';
import type { Addition } from '../../runtime/intervention.ts';
import type { Sae } from '../../sae/sae.ts';
import { type Arm, EDIT_ARMS, PROTOCOLS, type Protocol } from '../../schema/ablation-columns.ts';
import type { Settings } from '../../study/study.ts';
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

/** Where a study edits features. */
export const protocolsOf = ({ protocols }: Settings['ablation']): readonly Protocol[] =>
  protocols ?? PROTOCOLS;

/** Every number of features at which a list is ablated. */
export const dosesOf = ({ list }: Target, { k, doses }: Doses): number[] =>
  list.replicate === 0 ? [...new Set([k, ...doses])] : [k];

/**
 * The runs of one list, SAE and protocol: ablated at each dose, features substituted, the random controls; for the first list
 * of each topic, also no edit, and the reconstruction.
 */
export function armsOf(
  { reader, study: { ablation } }: AblationSetting,
  sae: Sae,
  { target, protocol, edits }: PlannedEdits,
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
  const isFirst = target.list.replicate === 0;
  return [
    ...(isFirst ? [run('no-edit', null, [])] : []),
    ...dosesOf(target, ablation).map((k) =>
      run('ablated', k, setFeatures(reader, sae, edits.ablated.slice(0, k))),
    ),
    ...CONTROLLED.map((arm) => run(arm, ablation.k, setFeatures(reader, sae, edits[arm]))),
    ...(isFirst ? [run('reconstruction', null, keptReconstruction)] : []),
  ];
}

/** The arms that edit k features, beside `ablated`, of which there are several doses. */
const CONTROLLED = ['random', 'substituted', 'random-substituted'] as const;

/** The arms of one list and SAE that edit k features of the prompt, each again with the draws of `n` resamplings. */
export function furtherArmsOf(
  { reader, study: { ablation } }: AblationSetting,
  sae: Sae,
  { target, protocol, edits }: PlannedEdits,
  n: number,
): Run[] {
  if (protocol !== 'from-prompt') return [];
  return EDIT_ARMS.flatMap((arm) => {
    const additions = setFeatures(reader, sae, edits[arm].slice(0, ablation.k));
    return Array.from({ length: n }, (_, draw): Run => {
      const prompt = { ...resampledPrompt(target, protocol, draw), additions };
      return { target, sae_id: sae.id, protocol, arm, k: ablation.k, draw, prompt };
    });
  });
}

/** The arms that are written once for each list and protocol. */
const SINGLE_ARMS = ['no-edit', ...CONTROLLED, 'reconstruction'] as const satisfies readonly Arm[];

/** The largest number of runs of one list and protocol that are written in one call. */
export const mostRunsPerList = ({ k, doses, draws }: Doses & { readonly draws: number }): number =>
  Math.max(draws, new Set([k, ...doses]).size + SINGLE_ARMS.length + draws * EDIT_ARMS.length);

/** Each list again under each protocol, with other noise and no edit. */
export const resampledRuns = (targets: readonly Target[], ablation: Settings['ablation']): Run[] =>
  protocolsOf(ablation).flatMap((protocol) =>
    targets.flatMap((target) =>
      Array.from({ length: ablation.draws }, (_, draw) => {
        return {
          target,
          sae_id: null,
          protocol,
          arm: 'resampled',
          k: null,
          draw,
          prompt: resampledPrompt(target, protocol, draw),
        } as const;
      }),
    ),
  );

/** The kept tokens as a prompt, sampled with the draws of a resampling. */
function resampledPrompt(target: Target, protocol: Protocol, draw: number): Prompt {
  const { key, prompt } = promptOf(target, protocol);
  return { key: resampledKey(key, draw), prompt };
}

/** Names the random draws of a resampled list. */
export const resampledKey = (sampleId: string, draw: number): string =>
  `${sampleId} resampled ${draw}`;
