import { rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { type Lock, takeWriteLock } from '../engine/lock.ts';
import { type ProgressDisplay, showProgress } from '../engine/progress.ts';
import { SAE_PLAN } from '../miniature/sae-plan.ts';
import { train } from '../miniature/train-model.ts';
import type { SaeReport } from '../miniature/train-sae.ts';
import { trainSaes } from '../miniature/train-saes.ts';
import { PLAN } from '../miniature/training-plan.ts';
import { loadStudy } from '../study/load-study.ts';
import { exportSaes } from './export-saes.ts';
import { wholeNumber } from './option-values.ts';
import { prepare } from './prepare.ts';
import { runProgram } from './run-program.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MODEL = join(ROOT, 'data/models/miniature');
const SAES = join(ROOT, 'data/models/miniature-saes');
const STATE = join(ROOT, 'data/training');
const SURROUNDINGS = { root: ROOT, env: process.env, output: process.stdout };

const steps = wholeNumber('--steps', 1);
const seed = wholeNumber('--seed', 0);

const program = new Command('npm run train --')
  .description('Train the miniature, its SAEs, or those of a study; export SAEs.')
  .configureHelp({ sortSubcommands: false });

program
  .command('model', { isDefault: true })
  .description('the model; resumes an interrupted training')
  .option('--fresh', 'start again')
  .option('--steps <n>', 'steps of training', steps, PLAN.steps)
  .option('--seed <n>', 'seed of the corpus and the first weights', seed, PLAN.seed)
  .action(async ({ fresh, steps, seed }: { fresh?: boolean; steps: number; seed: number }) => {
    using _ = lockOf(MODEL);
    if (fresh) rmSync(STATE, { recursive: true, force: true });
    await withDisplay('model', (display) => train({ ...PLAN, steps, seed }, MODEL, STATE, display));
  });

program
  .command('saes')
  .description(
    'sparse autoencoders and transcoders: at every layer of the miniature, or those of a study that trains its own',
  )
  .argument('[study]', 'a file of data/studies, without .yaml', 'miniature')
  .option('--steps <n>', `for the miniature: steps of each (${SAE_PLAN.steps})`, steps)
  .option(
    '--seed <n>',
    `for the miniature: seed of lists and first weights (${SAE_PLAN.seed})`,
    seed,
  )
  .option('--model <path>', 'for a study: a folder with the model’s files, or a GGUF file')
  .action(async (study: string, { model, ...options }: SaeOptions) => {
    const [unread] = study === 'miniature' ? (model ? ['model'] : []) : Object.keys(options);
    if (unread !== undefined)
      throw new Error(`--${unread} is not for the SAEs of ${study}: leave it out`);
    await (study === 'miniature' ? trainMiniatureSaes(options) : trainSaesOf(study, model));
  });

program
  .command('export')
  .description(
    'write the SAEs that the project trained for a study in SAELens’ format; those that are missing are trained first',
  )
  .argument('[study]', 'a file of data/studies, without .yaml', 'miniature')
  .option('--out <dir>', 'folder of the SAEs; data/saelens/STUDY where left out')
  .option('--model <path>', 'a folder with the model’s files, or a GGUF file')
  .action((study: string, { out, model }: { out?: string; model?: string }) =>
    exportSaes(
      study,
      { out: resolve(out ?? join(ROOT, 'data/saelens', study)), model },
      SURROUNDINGS,
    ),
  );

interface SaeOptions {
  readonly steps?: number;
  readonly seed?: number;
  readonly model?: string;
}

async function trainMiniatureSaes(options: Omit<SaeOptions, 'model'>): Promise<void> {
  using _ = lockOf(SAES);
  const plan = { ...SAE_PLAN, ...options };
  const reports = await withDisplay('saes', (display) => trainSaes(plan, MODEL, SAES, display));
  for (const report of reports) console.log(lineOf(report));
}

/** Train what is missing of a study's SAEs. @throws where the study does not train its own, before anything is fetched */
async function trainSaesOf(name: string, model: string | undefined): Promise<void> {
  const study = loadStudy(join(ROOT, 'data/studies'), name);
  if (study.kind === 'original' || study.saes?.train === undefined)
    throw new Error(`study ${name} trains no SAEs: name one whose file has saes.train`);
  const run = await prepare(name, { provider: 'cpu', ...(model && { model }) }, SURROUNDINGS);
  await run.resources.saes?.fetch?.();
  await run.resources.transcoders?.fetch?.();
}

const lockOf = (target: string): Lock =>
  takeWriteLock(target, { command: 'train', shown: relative(ROOT, target) });

async function withDisplay<R>(
  what: string,
  run: (display: ProgressDisplay) => Promise<R>,
): Promise<R> {
  const display = showProgress(what, process.stdout);
  try {
    return await run(display);
  } finally {
    display.stop();
  }
}

const lineOf = ({ id, fvu, l0, dead }: SaeReport): string =>
  `${id.padEnd(6)}  FVU ${fvu.toFixed(3)}  L0 ${l0.toFixed(1)}  dead ${(100 * dead).toFixed(1)} %`;

if (import.meta.main) {
  await runProgram(program);
}
