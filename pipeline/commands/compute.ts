import { join, relative } from 'node:path';
import type { WriteStream } from 'node:tty';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { takeLock, takeWriteLock } from '../engine/lock.ts';
import { finish, runStage } from '../engine/run.ts';
import { resourcesOf } from '../engine/stage.ts';
import { isAccepted, staleness } from '../engine/staleness.ts';
import { WRITING_PRODUCTS } from '../resources/model.ts';
import { PROVIDERS } from '../runtime/provider.ts';
import { readManifest } from '../schema/manifest.ts';
import type { Stage } from '../stages/define.ts';
import { align } from './align.ts';
import { checkStart } from './check-start.ts';
import { comparePublished } from './compare-published.ts';
import { computeShard } from './compute-shard.ts';
import { planText } from './dry-run.ts';
import { gigabytesOf, MOST_SHARDS, wholeNumber } from './option-values.ts';
import { type CommandContext, type PrepareOptions, prepare } from './prepare.ts';
import { publishAggregates } from './publish-aggregates.ts';
import { publishTables } from './publish-tables.ts';
import type { Run } from './run.ts';
import { runProgram } from './run-program.ts';
import { selectStages, shown, tablesOf } from './run-stages.ts';
import { whyText } from './why.ts';

export interface ComputeOptions extends PrepareOptions {
  /** Names of the stages to run; all where left out. */
  readonly only?: readonly string[];
  /** Run stages that are up to date, too. */
  readonly force?: boolean;
  /** Run nothing; print which dependencies of these stages, or of all, have changed. */
  readonly why?: readonly string[] | true;
  /** Number of shards, and which of them to compute, from 1, in place of the whole. */
  readonly shards?: number;
  readonly shard?: number;
  /** Called to run each stage: a caller can measure the run. */
  readonly wrapStage?: (stage: Stage, run: () => Promise<void>) => Promise<void>;
}

/**
 * Run a study's missing and stale stages, in order, and verify every table.
 * @returns the exit status: 0 if every requested table was written and every table matches its hash
 * @throws one line with the fault and the remedy
 */
export async function compute(
  studyName: string | undefined,
  options: ComputeOptions,
  context: CommandContext,
): Promise<number> {
  const part = shardOf(studyName, options);
  if (part !== null) return computeShard(part.study, { ...options, ...part }, context);
  if (options.dryRun || options.why !== undefined) return describe(studyName, options, context);
  const { output, root } = context;
  const run = await prepare(studyName, options, context);
  selectStages(run.stages, options.only); // what is asked for is refused before who else writes
  const shown = relative(root, run.results);
  using lock = takeLock(run.results, { command: 'compute', shown });
  if (lock.fault !== null && hasWork(run, options)) lock.requireWritable();
  for (const note of await checkStart(run)) output.write(`${note}\n`);
  const report = await runStages(run, options, output);
  const faults = await finish(run);
  output.write(`\n${align(report)}\n`);
  for (const fault of faults) output.write(`${fault}: run without --only to write it again\n`);
  output.write(`tables in ${relative(root, run.results)}\n`);
  if (faults.length > 0) return 1;
  await compareAndPublish(run, options, context);
  return 0;
}

/** The shard that is asked for; null for a study as a whole. @throws where something is missing, or what no shard has is asked for */
function shardOf(
  study: string | undefined,
  { shards, shard, ...options }: ComputeOptions,
): { readonly study: string; readonly shards: number; readonly shard: number } | null {
  if (shards === undefined && shard === undefined) return null;
  if (shards === undefined || shard === undefined)
    throw new Error('--shards and --shard go together: name both, as in --shards 8 --shard 3');
  if (study === undefined) throw new Error('--shards: name the study, too');
  const whole = (
    ['force', 'acceptCode', 'why', 'dryRun', 'publish', 'from', 'products'] as const
  ).find((name) => options[name] !== undefined);
  if (whole !== undefined)
    throw new Error(
      `--${whole.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`)} is for a study as a whole: leave out --shards and --shard`,
    );
  return { study, shards, shard };
}

/** Print what a run would need, or what has changed since the last one. */
async function describe(
  studyName: string | undefined,
  options: ComputeOptions,
  context: CommandContext,
): Promise<number> {
  const { dryRun, why, only } = options;
  const run = await prepare(studyName, options, context);
  selectStages(run.stages, only); // a name that there is none of is refused here, too
  for (const note of await checkStart(run)) context.output.write(`${note}\n`);
  if (dryRun) context.output.write(await planText(run));
  if (why !== undefined)
    context.output.write(whyText(run, why === true ? run.stages : selectStages(run.stages, why)));
  return 0;
}

/** Say how the tables differ from the published ones, and publish them if that was asked for. */
async function compareAndPublish(
  run: Run,
  { publish = false }: ComputeOptions,
  { root, output }: CommandContext,
): Promise<void> {
  const { name, results, settings } = run;
  const published = join(root, 'data/published');
  for (const line of await comparePublished(results, join(published, name), root))
    output.write(`${line}\n`);
  if (!publish) return;
  const target = join(published, name);
  const shown = relative(root, target);
  using _ = takeWriteLock(target, { command: 'compute --publish', shown });
  const toCome = stagesToCome(run, target, shown);
  if (toCome.length > 0) output.write(`not computed yet, nor published: ${toCome.join(', ')}\n`);
  if (settings.kind === 'original')
    for (const path of await publishAggregates(results, published))
      output.write(`published ${relative(root, path)}\n`);
  else {
    const tables = publishTables(results, target);
    output.write(`published ${tables} tables in ${shown}\n`);
  }
}

/**
 * The stages of a study that have not run, and are not published.
 * @throws where another is out of date, or tables of one are published and would be lost
 */
function stagesToCome(run: Run, target: string, shown: string): string[] {
  const { results, settings, stages } = run;
  const written = readManifest(results)?.stages ?? {};
  const toCome =
    settings.kind === 'original' ? [] : stages.filter(({ name }) => !(name in written));
  const stale = stages
    .filter((stage) => !toCome.includes(stage))
    .find((stage) => staleness(run, stage) !== null);
  if (stale) throw new Error(`--publish: ${stale.name} is not up to date: run without --only`);
  const names = toCome.map(({ name }) => name);
  const published = Object.values(readManifest(target)?.files ?? {});
  const lost = published.find(({ stage }) => names.includes(stage));
  if (lost)
    throw new Error(
      `--publish: ${lost.stage} is published in ${shown}, and not computed: run without --only`,
    );
  return names;
}

/** Run the selected stages that are stale. @returns a row for each stage: its name, what happened, its tables */
async function runStages(
  run: Run,
  options: ComputeOptions,
  output: WriteStream,
): Promise<string[][]> {
  const { only, force, wrapStage = (_, start) => start() } = options;
  const selected = selectStages(run.stages, only);
  await fetchResources(run, options);
  const report: string[][] = [];
  const wrapped = async (stage: Stage, reason: string): Promise<string> => {
    let took = '';
    await wrapStage(stage, async () => {
      took = await shown(stage, reason, output, (progress) => runStage(run, stage, progress));
    });
    return took;
  };
  for (const stage of run.stages) {
    const reason = staleness(run, stage)?.reason ?? (force ? 'forced' : null);
    const outcome =
      reason === null
        ? isAccepted(run, stage)
          ? 'kept, though its code has changed'
          : 'up to date'
        : selected.includes(stage)
          ? `written in ${await wrapped(stage, reason)}`
          : `left out (${reason})`;
    report.push([stage.name, outcome, tablesOf(run, stage)]);
  }
  return report;
}

/** Whether there is a stage to run. */
const hasWork = (run: Run, { only, force = false }: ComputeOptions): boolean =>
  force || selectStages(run.stages, only).some((stage) => staleness(run, stage) !== null);

/** Fetch the resources of all selected stages before the first one runs, so that a failed download costs no stage's work. */
async function fetchResources(run: Run, options: ComputeOptions): Promise<void> {
  const selected = selectStages(run.stages, options.only);
  const names = new Set(hasWork(run, options) ? selected.flatMap(resourcesOf) : []);
  for (const name of names) await run.resources[name]?.fetch?.();
}

const command = (surroundings: CommandContext): Command =>
  new Command('npm run compute --')
    .description('Run a study and write its tables under data/results/STUDY.')
    .argument(
      '[study]',
      'a file of data/studies, without .yaml; if left out, the one that this machine can run',
    )
    .option('--only <stages...>', 'run only these stages, such as 3-entropy')
    .option('--force', 'also run stages that are up to date')
    .option('--accept-code', 'leave stages as they are of which only the code has changed')
    .option('--provider <name>', `where models run: ${PROVIDERS.join(', ')}`)
    .option(
      '--products <type>',
      `of the lists that are written: ${WRITING_PRODUCTS.join(', ')}; all else is float32`,
    )
    .option(
      '--model <path>',
      'a folder with the model’s files, or a GGUF file, in place of the hub’s',
    )
    .option(
      '--saes <dir>',
      'a folder with one subfolder for each family of SAEs, in place of the hub’s',
    )
    .option('--memory <GB>', 'memory of the device, in place of what is detected', gigabytesOf)
    .option(
      '--why [stages...]',
      'print which dependencies of these stages have changed, and run nothing',
    )
    .option(
      '--shards <n>',
      'compute one of so many shards: see docs/many-machines.md',
      wholeNumber('--shards', 1, MOST_SHARDS),
    )
    .option('--shard <i>', 'which shard, from 1', wholeNumber('--shard', 1))
    .option('--dry-run', 'print the memory and disk space that each stage needs, and run nothing')
    .option(
      '--from <dir>',
      'a folder with the files that the original author released; for the study original',
    )
    .option(
      '--publish',
      'then write the tables of a study of a real model, or the aggregates of the study original, to data/published',
    )
    .action(async (study: string | undefined, options: ComputeOptions) => {
      process.exitCode = await compute(study, options, surroundings);
    });

if (import.meta.main) {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  await runProgram(command({ root, env: process.env, output: process.stdout }));
}
