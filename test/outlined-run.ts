import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { modelRun } from '../pipeline/commands/compose.ts';
import type { Run } from '../pipeline/commands/run.ts';
import { GEMMA_2_2B } from '../pipeline/rehearsal/random-model.ts';
import type { Provider } from '../pipeline/runtime/provider.ts';
import { loadModelStudy } from '../pipeline/study/load-study.ts';
import type { ModelStudy } from '../pipeline/study/study.ts';
import { type Scope, tempDir } from './temp.ts';

export const DATA = fileURLToPath(new URL('../data', import.meta.url));
export const fullStudy = loadModelStudy(join(DATA, 'studies'), 'gemma-2-2b-it');
export const miniatureStudy = loadModelStudy(join(DATA, 'studies'), 'miniature');

export interface OutlinedRunOptions {
  readonly study?: ModelStudy;
  readonly provider?: Provider;
  /** Bytes that graphs may use. */
  readonly memory?: number;
}

/**
 * A study, the full-size one unless another is given, of a model of which only the shapes of Gemma 2 2B and the
 * miniature's tokenizer are there: enough to plan its stages, not to run them.
 */
export function outlinedRun(
  t: Scope,
  { study = fullStudy, provider = 'cpu', memory = 1e11 }: OutlinedRunOptions = {},
): Run {
  const dir = tempDir(t);
  for (const file of ['tokenizer.json', 'tokenizer_config.json'])
    cpSync(join(DATA, 'models/miniature', file), join(dir, file));
  writeFileSync(join(dir, 'config.json'), JSON.stringify(GEMMA_2_2B));
  return modelRun({
    study,
    provider,
    device: { name: provider, memory },
    model: { id: 'outline', dir, revision: 'none' },
    saes: study.saes ? { id: 'outline', dirs: {}, revision: 'none' } : null,
    transcoders: null,
    root: dir,
    results: join(dir, 'data/results', study.name),
    output: process.stdout,
  });
}
