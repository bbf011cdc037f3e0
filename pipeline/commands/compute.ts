import { join, relative } from 'node:path';
import type { WriteStream } from 'node:tty';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { duration, showProgress } from '../engine/progress.ts';
import { finish, runStage } from '../engine/run.ts';
import { resourcesOf } from '../engine/stage.ts';
import { staleness } from '../engine/staleness.ts';
import { fileOf } from '../engine/study-run.ts';
import { PROVIDERS } from '../runtime/provider.ts';
import { readManifest } from '../schema/manifest.ts';
import type { Stage } from '../stages/define.ts';
import { align } from './align.ts';
import { planText } from './dry-run.ts';
import { known, type PrepareOptions, prepare, type Surroundings } from './prepare.ts';
import { publish } from './publish.ts';
import type { Run } from './run.ts';
import { whyText } from './why.ts';

export interface ComputeOptions extends PrepareOptions {
  readonly only?: readonly string[];
  readonly force?: boolean;
  /** Nothing is run; of these stages, or of all, what their tables depend on and is not as it was is printed. */
  readonly why?: readonly string[] | true;
  /** Runs each stage; whoever watches one does so here. */
  readonly watch?: (stage: Stage, run: () => Promise<void>) => Promise<void>;
}

/**
 * Run a study's missing and stale stages, in order, and verify every table.
 * @returns the exit status: 0 only if every table asked for was written, and all are as written
 * @throws one line that names what is wrong and the remedy
 */
export async function compute(
  named: string | undefined,
  options: ComputeOptions,
  surroundings: Surroundings,
): Promise<number> {
  const { output } = surroundings;
  const run = await prepare(named, options, surroundings);
  if (options.dryRun) output.write(await planText(run));
  if (options.why !== undefined) {
    const stages = options.why === true ? run.stages : selectStages(run.stages, options.why);
    output.write(whyText(run, stages));
  }
  if (options.dryRun || options.why !== undefined) return 0;
  const wanted = selectStages(run.stages, options.only);
  await fetchResources(run, wanted, options.force);
  const { watch = (_, run) => run() } = options;
  const report: string[][] = [];
  for (const stage of run.stages) {
    const reason = staleness(run, stage)?.reason ?? (options.force ? 'forced' : null);
    const start = () => runShown(run, stage, reason!, output);
    const outcome =
      reason === null
        ? 'up to date'
        : wanted.includes(stage)
          ? await timed(() => watch(stage, start))
          : `left out (${reason})`;
    report.push([stage.name, outcome, tablesOf(run, stage)]);
  }
  const faults = await finish(run);
  output.write(`\n${align(report)}\n`);
  for (const fault of faults) output.write(`${fault}: run without --only to write it again\n`);
  output.write(`tables in ${relative(surroundings.root, run.results)}\n`);
  if (options.publish && faults.length === 0)
    for (const path of await publish(run.results, join(surroundings.root, 'data/published')))
      output.write(`published ${relative(surroundings.root, path)}\n`);
  return faults.length === 0 ? 0 : 1;
}

/** Before the first stage runs, so that hours of others are not lost on what cannot be fetched. */
async function fetchResources(run: Run, wanted: readonly Stage[], force = false): Promise<void> {
  const stale = force || wanted.some((stage) => staleness(run, stage) !== null);
  const names = new Set(stale ? wanted.flatMap(resourcesOf) : []);
  for (const name of names) await run.resources[name]?.fetch?.();
}

/** The stages named, with or without their number; all where none is named. */
function selectStages(stages: readonly Stage[], only: readonly string[] | undefined): Stage[] {
  if (only === undefined) return [...stages];
  const names = stages.map(({ name }) => name);
  return only.map((asked) => {
    const name = names.find((full) => full.replace(/^\d+-/, '') === asked) ?? asked;
    return stages[names.indexOf(known('stage', name, names))]!;
  });
}

async function runShown(run: Run, stage: Stage, reason: string, output: WriteStream) {
  output.write(`${stage.name}: ${reason}\n`);
  const display = showProgress(stage.name, output);
  try {
    await runStage(run, stage, display.update);
  } finally {
    display.stop();
  }
}

async function timed(run: () => Promise<void>): Promise<string> {
  const start = performance.now();
  await run();
  return `written in ${duration((performance.now() - start) / 1000)}`;
}

const tablesOf = (run: Run, stage: Stage): string =>
  stage.writes
    .map((table) => {
      const rows = readManifest(run.results)?.files[fileOf(table)]?.rows;
      return rows === undefined ? `${table.name} (missing)` : `${table.name} (${rows} rows)`;
    })
    .join(', ');

function gigabytesOf(text: string): number {
  const memory = Number(text);
  if (memory > 0) return memory;
  throw new Error(`--memory ${text}: give a number of GB, as in --memory 24`);
}

const command = (surroundings: Surroundings): Command =>
  new Command('npm run compute --')
    .description('Run a study and write its tables under data/results/STUDY.')
    .argument(
      '[study]',
      'a file of data/studies, without .yaml; chosen by this machine if left out',
    )
    .option('--only <stages...>', 'run these stages alone, such as 3-entropy')
    .option('--force', 'run stages that are up to date, too')
    .option('--provider <name>', `where models run: ${PROVIDERS.join(', ')}`)
    .option('--model <dir>', 'a folder with the model’s files, in place of the hub’s')
    .option('--saes <dir>', 'a folder with one subfolder for each family of SAEs, likewise')
    .option('--memory <GB>', 'what the device holds, where it is not found out', gigabytesOf)
    .option(
      '--why [stages...]',
      'print what of all that these stages depend on has changed, and run nothing',
    )
    .option('--dry-run', 'print what each stage would need of memory and disk, and run nothing')
    .option(
      '--from <dir>',
      'a folder with what the original author released; for the study original',
    )
    .option('--publish', 'then write its aggregates to data/published')
    .action(async (study: string | undefined, options: ComputeOptions) => {
      process.exitCode = await compute(study, options, surroundings);
    });

if (import.meta.main) {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  try {
    await command({ root, env: process.env, output: process.stdout }).parseAsync();
  } catch (error) {
    console.error(`error: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
