import { llama as architecture } from '../models/llama.ts';
import type { Subject } from './subject.ts';

/** Llama 3: `<|begin_of_text|>` before everything; the chat template brings a system turn of its own. */
export const llama3: Subject = {
  architecture,
  chat: {
    start: '<|begin_of_text|>',
    systemTurn: null,
    stopTokens: ['<|eot_id|>', '<|end_of_text|>'],
  },
  uncounted: 1,
};
