import { gemma3 as architecture } from '../models/gemma3.ts';
import type { Subject } from './subject.ts';

/** Gemma 3, instruction-tuned: no system turn, `<bos>` before everything, the user's turn is all of the prompt. */
export const gemma3: Subject = {
  architecture,
  chat: {
    systemTurn: null,
    stopTokens: ['<end_of_turn>', '<eos>'],
    qualifier: 'first',
  },
  uncounted: 1,
};
