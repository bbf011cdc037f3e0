import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { takeWriteLock } from '../engine/lock.ts';
import { readParquet } from '../engine/parquet.ts';
import { savePredictions } from '../resources/predictions.ts';
import { ablationEffects } from '../schema/ablation-effects.ts';
import { baselineEffects } from '../schema/baseline-effects.ts';
import type { Table } from '../schema/table.ts';
import { expectationsOf } from '../stages/predictions/expectations.ts';
import { loadModelStudy } from '../study/load-study.ts';
import { predictionsPath } from './compose.ts';
import { compute } from './compute.ts';
import type { CommandContext } from './prepare.ts';
import { runProgram } from './run-program.ts';

/** The stages whose effects are predicted, and those that they read. */
const STAGES = ['1-generate', '6-attribute', '8-ablate', '9-baselines'];

/**
 * Run a study's pilot, on topics of its SAEs' corpus, and write what it leads one to expect of the study itself.
 * @throws where the study has no pilot
 */
async function predict(
  name: string,
  options: { readonly model?: string },
  context: CommandContext,
): Promise<number> {
  const { root, output } = context;
  const study = loadModelStudy(join(root, 'data/studies'), name);
  const path = predictionsPath(root, name);
  using _ = takeWriteLock(path, { command: 'predict', shown: relative(root, path) });
  if (existsSync(path))
    throw new Error(
      `${relative(root, path)} is there: predictions are made once: delete it to make others`,
    );
  const status = await compute(name, { ...options, pilot: true, only: STAGES }, context);
  if (status !== 0) return status;
  const results = join(root, 'data/cache/pilots', name);
  const rows = <T extends Table>(table: T) =>
    readParquet(join(results, `${table.name}.parquet`), table);
  const pilot = study.pilot!;
  const predictions = expectationsOf(
    await rows(ablationEffects),
    await rows(baselineEffects),
    (study.topics.length * study.sampling.samples) / pilot.topics,
  );
  const from = `lists about ${pilot.topics} topics of the SAEs' corpus, seed ${study.seed}`;
  savePredictions(path, from, predictions);
  output.write(
    `${predictions.length} predictions in ${relative(root, path)}: commit them before the study runs\n`,
  );
  return 0;
}

const command = (surroundings: CommandContext): Command =>
  new Command('npm run predict --')
    .description('Predict the effects of a study from lists about topics that are not its own.')
    .argument('<study>', 'a file of data/studies, without .yaml')
    .option('--model <path>', 'a folder with the model’s files, or a GGUF file')
    .action(async (study: string, options: { model?: string }) => {
      process.exitCode = await predict(study, options, surroundings);
    });

if (import.meta.main) {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  await runProgram(command({ root, env: process.env, output: process.stdout }));
}
