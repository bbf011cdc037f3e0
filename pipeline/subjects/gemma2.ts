import { gemma2 as architecture } from '../models/gemma2.ts';
import type { Subject } from './subject.ts';

/** Gemma 2, instruction-tuned: sequences begin with `<bos>`, and the chat format has no system turn. */
export const gemma2: Subject = {
  architecture,
  chat: {
    start: '<bos>',
    systemTurn: null,
    stopTokens: ['<end_of_turn>', '<eos>'],
  },
  uncounted: 1,
};
