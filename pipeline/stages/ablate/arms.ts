import type { FeatureRow } from '../../interp/active-features.ts';
import { setFeatures } from '../../interp/set-features.ts';
import type { Prompt } from '../../runtime/generate.ts';
import type { Addition } from '../../runtime/intervention.ts';
import type { Sae } from '../../sae/sae.ts';
import type { Protocol } from '../../schema/ablation-columns.ts';
import type { Settings } from '../../study/study.ts';
import { dosesOf, isControlled, protocolsOf } from './conditions.ts';
import type { PlannedEdits } from './edits.ts';
import type { Condition, Run } from './outcome.ts';
import type { AblationSetting } from './setting.ts';
import { promptOf, type Target } from './target.ts';

/** Noise of lists that are edited, and of those that they are compared with: with one noise, no edit would have no variance. */
type Noise = 'edited' | 'resampled';

/**
 * The runs of one list's edits: the chosen features once for each draw of the controls, and at every other dose; each
 * control that is regenerated; held-out features and their control on the noise of their split.
 */
export function runsOf(
  { reader, study: { ablation } }: AblationSetting,
  sae: Sae,
  { target, protocol, arm, draw, edits }: PlannedEdits,
): Run[] {
  const run = (k: number, noise: number): Run => {
    const first = edits.filter(({ rank }) => rank === null || rank <= k);
    const prompt = {
      ...noisyPrompt(target, protocol, 'edited', noise),
      additions: setFeatures(reader, sae, first),
    };
    return { target, sae_id: sae.id, protocol, arm, k, draw: noise, prompt };
  };
  const { k, controls } = ablation;
  if (draw !== null) return isWritten(arm, draw, ablation) ? [run(k, draw)] : [];
  const times = isControlled(target, ablation) ? controls.written : 1;
  const doses = arm === 'ablated' ? dosesOf(target, ablation).filter((dose) => dose !== k) : [];
  return [
    ...Array.from({ length: times }, (_, noise) => run(k, noise)),
    ...doses.map((dose) => run(dose, 0)),
  ];
}

/** The draws of controls that are regenerated are the first; every split of held-out features is. */
const isWritten = (
  arm: PlannedEdits['arm'],
  draw: number,
  { controls }: Settings['ablation'],
): boolean => arm.startsWith('held-out') || draw < controls.written;

/** The first list of a topic: on its own noise with nothing edited; and with its activation replaced by the reconstruction. */
export function plainRuns(
  sae: Sae,
  target: Target,
  protocol: Protocol,
  { reconstruction }: FeatureRow,
): Run[] {
  const condition = { sae_id: sae.id, protocol, k: null } as const;
  const additions = reconstruction.filter(({ pos }) => pos < target.kept[protocol]);
  const unchanged: readonly Addition[] = [];
  return [
    {
      ...condition,
      target,
      arm: 'no-edit',
      draw: null,
      prompt: { ...promptOf(target, protocol), additions: unchanged },
    },
    {
      ...condition,
      target,
      arm: 'reconstruction',
      draw: 0,
      prompt: { ...noisyPrompt(target, protocol, 'edited', 0), additions },
    },
  ];
}

/** Each list again under each protocol, with other noise and no edit. */
export const resampledRuns = (targets: readonly Target[], ablation: Settings['ablation']): Run[] =>
  protocolsOf(ablation).flatMap((protocol) =>
    targets.flatMap((target) =>
      Array.from({ length: ablation.draws }, (_, draw): Run => {
        const condition: Condition = { sae_id: null, protocol, arm: 'resampled', k: null, draw };
        return { ...condition, target, prompt: noisyPrompt(target, protocol, 'resampled', draw) };
      }),
    ),
  );

/** The kept tokens as a prompt, sampled with noise that the list itself does not have. */
function noisyPrompt(target: Target, protocol: Protocol, noise: Noise, draw: number): Prompt {
  const { key, prompt } = promptOf(target, protocol);
  return { key: noiseKey(key, noise, draw), prompt };
}

/** Names the random draws of a list that is written again. */
export const noiseKey = (sampleId: string, noise: Noise, draw: number): string =>
  `${sampleId} ${noise} ${draw}`;

/** The largest number of runs of one list and protocol that are written in one call. */
export const mostRunsPerList = ({ k, doses, draws, controls, splits }: Settings['ablation']) =>
  Math.max(
    draws,
    // Two chosen arms with three controls each, further doses, no edit, the reconstruction; four arms of held-out features.
    2 * (1 + 3) * controls.written + new Set([k, ...doses]).size + 2 + 4 * splits,
  );
