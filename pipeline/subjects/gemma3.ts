import { gemma3 as architecture } from '../models/gemma3.ts';
import type { Subject } from './subject.ts';

/** Gemma 3: no system turn, `<bos>` before everything. A base model has no chat template, and continues texts. */
export const gemma3: Subject = {
  architecture,
  chat: {
    start: '<bos>',
    systemTurn: null,
    stopTokens: ['<end_of_turn>', '<eos>'],
  },
  uncounted: 1,
};
