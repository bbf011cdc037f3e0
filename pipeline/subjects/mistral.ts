import { mistral as architecture } from '../models/mistral.ts';
import type { Subject } from './subject.ts';

/** Mistral: `<s>` before everything, and no system turn. */
export const mistral: Subject = {
  architecture,
  chat: {
    start: '<s>',
    systemTurn: null,
    stopTokens: ['</s>'],
  },
  uncounted: 1,
};
