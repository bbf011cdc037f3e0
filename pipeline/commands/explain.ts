import { join } from 'node:path';
import type { WriteStream } from 'node:tty';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import pLimit from 'p-limit';
import { takeWriteLock } from '../engine/lock.ts';
import { showProgress } from '../engine/progress.ts';
import { saveExplanations } from '../resources/explanations.ts';
import { fetchExplanations, NEURONPEDIA_FILES } from '../resources/fetch-explanations.ts';
import { neuronpediaSource } from '../resources/neuronpedia.ts';
import { loadModelStudy } from '../study/load-study.ts';
import { runProgram } from './run-program.ts';

/** Parallel requests: few, as the service is public. */
const CONCURRENCY = 2;

export interface ExplainOptions {
  /** The folder that holds `data/`. */
  readonly root: string;
  readonly endpoint: string;
  readonly output: WriteStream;
}

/**
 * Fetch Neuronpedia's explanations of the features of a study's SAEs, and store them for `npm run compute`.
 * @throws if the study's SAEs are not Gemma Scope's, or a request fails; what was fetched before is kept
 */
export async function explain(
  name: string,
  { root, endpoint, output }: ExplainOptions,
): Promise<void> {
  const study = loadModelStudy(join(root, 'data/studies'), name);
  const { saes, explanations } = study;
  const sources = (saes?.ids ?? []).flatMap((id) => {
    const source = saes ? neuronpediaSource(saes, id) : null;
    return source === null ? [] : [{ id, source }];
  });
  if (explanations === undefined || sources.length < (saes?.ids.length ?? 1))
    throw new Error(`study ${name}: its SAEs have no explanations to fetch: name another study`);
  using _ = takeWriteLock(join(root, explanations), { command: 'explain', shown: explanations });
  const display = showProgress('explain', output);
  let done = 0;
  const limit = pLimit(CONCURRENCY);
  try {
    await limit.map(sources, async ({ id, source }) => {
      saveExplanations(join(root, explanations), id, await fetchExplanations(source, endpoint));
      done += 1;
      display.update(done, sources.length, 'SAEs');
    });
  } finally {
    limit.clearQueue();
    display.stop();
  }
  output.write(`explanations of ${done} SAEs in ${explanations}\n`);
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const program = new Command('npm run explain --')
    .description('Fetch Neuronpedia’s explanations of the features of a study’s SAEs.')
    .argument('[study]', 'a file of data/studies, without .yaml', 'gemma-2-2b-it')
    .action((study: string) =>
      explain(study, { root, endpoint: NEURONPEDIA_FILES, output: process.stdout }),
    );
  await runProgram(program);
}
