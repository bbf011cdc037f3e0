import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { type ProgressDisplay, showProgress } from '../engine/progress.ts';
import { SAE_PLAN } from '../miniature/sae-plan.ts';
import { train } from '../miniature/train-model.ts';
import type { SaeReport } from '../miniature/train-sae.ts';
import { trainSaes } from '../miniature/train-saes.ts';
import { PLAN } from '../miniature/training-plan.ts';
import { runProgram } from './run-program.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MODEL = join(ROOT, 'data/models/miniature');
const SAES = join(ROOT, 'data/models/miniature-saes');
const STATE = join(ROOT, 'data/training');

const program = new Command('npm run train --')
  .description('Train the miniature, or its SAEs, into data/models.')
  .configureHelp({ sortSubcommands: false });

program
  .command('model', { isDefault: true })
  .description('the model; resumes an interrupted training')
  .option('--fresh', 'start again')
  .option('--steps <n>', 'steps of training', Number, PLAN.steps)
  .option('--seed <n>', 'seed of the corpus and the first weights', Number, PLAN.seed)
  .action(async ({ fresh, steps, seed }: { fresh?: boolean; steps: number; seed: number }) => {
    if (fresh) rmSync(STATE, { recursive: true, force: true });
    await withDisplay('model', (display) => train({ ...PLAN, steps, seed }, MODEL, STATE, display));
  });

program
  .command('saes')
  .description('sparse autoencoders and transcoders at every layer of the trained model')
  .option('--steps <n>', 'steps of each', Number, SAE_PLAN.steps)
  .option('--seed <n>', 'seed of the lists and the first weights', Number, SAE_PLAN.seed)
  .action(async ({ steps, seed }: { steps: number; seed: number }) => {
    const plan = { ...SAE_PLAN, steps, seed };
    const reports = await withDisplay('saes', (display) => trainSaes(plan, MODEL, SAES, display));
    for (const report of reports) console.log(lineOf(report));
  });

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
