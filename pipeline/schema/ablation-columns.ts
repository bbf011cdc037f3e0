import { saeId } from './shared-columns.ts';
import { integer, nullable, oneOf } from './table.ts';

/**
 * `from-prompt`: features at positions of the prompt are edited, and the whole list is generated again. `continue`:
 * features at positions up to the last item's marker are edited, and only the tokens after this marker are generated
 * again, so that no list becomes shorter.
 */
export const PROTOCOLS = ['from-prompt', 'continue'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/**
 * The arms whose features are chosen by attribution. `ablated`: the features to which the end of the list itself is most
 * attributed are set to zero. `substituted`: those through which the prompt's qualifier adds most to it are set to the
 * values that they have when the qualifier is swapped. `held-out`, `held-out-substituted`: the same for features that were
 * chosen on the lists of other topics.
 */
export const CHOSEN_ARMS = ['ablated', 'substituted', 'held-out', 'held-out-substituted'] as const;
export type ChosenArm = (typeof CHOSEN_ARMS)[number];

/**
 * The controls of each of them, at the same positions. `random`: as many features drawn from all that the intervention
 * can change, the chosen ones included. `norm-matched`: as many, each position's change scaled to the norm of the chosen
 * features' change there. `mass-matched`: as many as have the chosen features' sum of |attribution| there.
 */
export const CONTROLS = {
  ablated: ['random', 'norm-matched', 'mass-matched'],
  substituted: ['random-substituted', 'norm-matched-substituted', 'mass-matched-substituted'],
  'held-out': ['held-out-random'],
  'held-out-substituted': ['held-out-random-substituted'],
} as const satisfies Readonly<Record<ChosenArm, readonly string[]>>;
export type ControlArm = (typeof CONTROLS)[ChosenArm][number];

/** The arms that edit features. */
export const EDIT_ARMS = CHOSEN_ARMS.flatMap((arm): (ChosenArm | ControlArm)[] => [
  arm,
  ...CONTROLS[arm],
]);
export type EditArm = ChosenArm | ControlArm;

/**
 * All arms. `baseline`: the original list. `no-edit`: generated again on its own noise by the graph with edits, with
 * nothing edited. `resampled`: generated again with other noise. `reconstruction`: the activation is replaced by the SAE's
 * reconstruction, with no feature edited.
 */
export const ARMS = ['baseline', 'no-edit', 'resampled', ...EDIT_ARMS, 'reconstruction'] as const;
export type Arm = 'baseline' | 'no-edit' | 'resampled' | EditArm | 'reconstruction';

/** The arm that a control belongs to; undefined for arms that are no control. */
export const chosenArmOf = (arm: Arm): ChosenArm | undefined =>
  CHOSEN_ARMS.find((chosen) => (CONTROLS[chosen] as readonly Arm[]).includes(arm));

export const protocol = oneOf(
  PROTOCOLS,
  'whether the whole list is generated again, or only the tokens after the last item’s marker',
);

export const arm = oneOf(ARMS, 'the intervention while the list is generated');

export const editArm = oneOf(EDIT_ARMS, 'which features are edited, and how');

export const controlArm = oneOf(
  CHOSEN_ARMS.flatMap((chosen): ControlArm[] => [...CONTROLS[chosen]]),
  'what the edits of the chosen features are compared with',
);

export const k = nullable(
  integer('largest number of features edited; null for arms that edit no features'),
);

export const anySae = nullable({ ...saeId, meaning: 'the SAE; null for arms without an SAE' });
