import { integer, oneOf, text } from './table.ts';

export const nodeId = (meaning: string) =>
  text(
    `${meaning}: a feature’s id and position (tc_3_21@38), error_LAYER@POSITION, token@POSITION, or the target’s name`,
  );

/** What decides the order in which nodes are kept, or which alone are. */
export const RANKINGS = [
  'influence',
  'effect',
  'integrated',
  'gradient',
  'activation',
  'random',
] as const;
export type CircuitRanking = (typeof RANKINGS)[number];

export const ranking = oneOf(
  RANKINGS,
  'order of the features: by influence in the graph; by the magnitude of their effect in the graph; of their attribution by integrated gradients, and by the gradient at the list as it is, of one layer’s transcoder at a time; by activation times the norm of the decoder’s row; at random',
);

export const RESTS = ['zero', 'mean'] as const;
export type RestKind = (typeof RESTS)[number];

export const rest = oneOf(
  RESTS,
  'what features that are not kept are set to: 0, or their mean over the counted positions of all traced lists',
);

export const nNodes = integer('features that are kept, each at one position', 'features');
