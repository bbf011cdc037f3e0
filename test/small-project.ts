import { cpSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { smallRoot } from './small-study.ts';
import { type Scope, tempDir } from './temp.ts';

const ROOT = join(import.meta.dirname, '..');

/** A copy of the project with the small study of the miniature and no results, in which its commands run as a person runs them. */
export function smallProject(t: Scope): string {
  const root = smallRoot(tempDir(t), 20);
  for (const part of ['pipeline', 'package.json', 'tsconfig.json', '.npmrc'])
    cpSync(join(ROOT, part), join(root, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  return root;
}

/** The number of the process that writes a study's tables; null where none does. */
export function writerOf(root: string, study = 'miniature'): number | null {
  try {
    return JSON.parse(readFileSync(join(root, 'data/results', `${study}.lock`), 'utf8')).process
      .pid;
  } catch {
    return null; // there is none, or it is not written yet
  }
}
