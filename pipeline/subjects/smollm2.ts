import { llama as architecture } from '../models/llama.ts';
import type { Subject } from './subject.ts';

/**
 * SmolLM2, instruction-tuned, a Llama: its chat template brings a system turn.
 * The first position is an outlier after the first layers.
 */
export const smollm2: Subject = {
  architecture,
  chat: {
    start: '',
    systemTurn: null,
    stopTokens: ['<|im_end|>'],
  },
  uncounted: 1,
};
