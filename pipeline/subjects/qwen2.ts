import { qwen2 as architecture } from '../models/qwen2.ts';
import type { Subject } from './subject.ts';

/**
 * Qwen 2 and 2.5: sequences begin with no token of their own, and the chat template brings a system turn.
 * The first position is an outlier after the first layers.
 */
export const qwen2: Subject = {
  architecture,
  chat: {
    start: '',
    systemTurn: null,
    stopTokens: ['<|im_end|>', '<|endoftext|>'],
  },
  uncounted: 1,
};
