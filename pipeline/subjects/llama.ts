import { llama as architecture } from '../models/llama.ts';
import type { Subject } from './subject.ts';

/** Llama, first and second, and what shares their vocabulary: `<s>` before everything, and no system turn. */
export const llama: Subject = {
  architecture,
  chat: {
    start: '<s>',
    systemTurn: null,
    stopTokens: ['</s>'],
  },
  uncounted: 1,
};
