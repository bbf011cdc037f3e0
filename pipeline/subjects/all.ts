import { gemma2 } from './gemma2.ts';
import { gemma3 } from './gemma3.ts';
import { llama } from './llama.ts';
import { llama3 } from './llama3.ts';
import { mistral } from './mistral.ts';
import { qwen2 } from './qwen2.ts';
import { qwen3 } from './qwen3.ts';
import { smollm2 } from './smollm2.ts';
import type { Subject } from './subject.ts';

/** Every model family that can be studied, by its name in study files. */
export const SUBJECTS = {
  gemma2,
  gemma3,
  smollm2,
  qwen2,
  qwen3,
  mistral,
  llama,
  llama3,
} satisfies Readonly<Record<string, Subject>>;
export type SubjectName = keyof typeof SUBJECTS;
export const SUBJECT_NAMES = Object.keys(SUBJECTS) as SubjectName[];
