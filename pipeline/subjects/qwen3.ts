import { qwen3 as architecture } from '../models/qwen3.ts';
import type { Subject } from './subject.ts';

/**
 * Qwen 3: as Qwen 2, but without a system turn. The template is not asked to let the model think, nor not to: an answer
 * begins with its opening, in place of thoughts.
 */
export const qwen3: Subject = {
  architecture,
  chat: {
    start: '',
    systemTurn: null,
    stopTokens: ['<|im_end|>', '<|endoftext|>'],
  },
  uncounted: 1,
};
