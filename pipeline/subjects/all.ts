import { gemma2 } from './gemma2.ts';
import { gemma3 } from './gemma3.ts';
import { smollm2 } from './smollm2.ts';
import type { Subject } from './subject.ts';

/** Every model family that can be studied, by its name in study files. */
export const SUBJECTS = { gemma2, gemma3, smollm2 } satisfies Readonly<Record<string, Subject>>;
export type SubjectName = keyof typeof SUBJECTS;
export const SUBJECT_NAMES = Object.keys(SUBJECTS) as SubjectName[];
