import { join, relative } from 'node:path';
import type { WriteStream } from 'node:tty';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { align } from './align.ts';
import { chooseStudy } from './choose-study.ts';
import { loadStudy, type Study } from './config.ts';
import { type ExplanationCache, openExplanations } from './explanation-cache.ts';
import { modelFolder } from './model-folder.ts';
import { duration, showProgress } from './progress.ts';
import { publish } from './publish.ts';
import { type ReleasedFolder, releasedFolder, tokenizerFolder } from './released-folder.ts';
import { fileOf, finish, type Run, runStage, staleness } from './runner.ts';
import { gpuProvider, PROVIDERS, type Provider } from './runtime/session.ts';
import { saeFolders } from './sae-folders.ts';
import type { Stage } from './stages/stage.ts';
import { stagesOf } from './study.ts';
import { readManifest } from './tables/manifest.ts';

/** Where the command runs: all that it uses besides its arguments. */
export interface Surroundings {
  /** The folder that holds `data/`. */
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  readonly output: WriteStream;
}

export interface ComputeOptions {
  readonly only?: readonly string[];
  readonly force?: boolean;
  readonly provider?: string;
  readonly from?: string;
  readonly publish?: boolean;
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
  const wanted = selectStages(run.stages, options.only);
  const report: string[][] = [];
  for (const stage of run.stages) {
    const reason = staleness(run, stage) ?? (options.force ? 'forced' : null);
    const outcome =
      reason === null
        ? 'up to date'
        : wanted.includes(stage)
          ? await runShown(run, stage, reason, output)
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

/** Settle study, model and provider, and say which on the first line. */
async function prepare(
  named: string | undefined,
  options: ComputeOptions,
  { root, env, output }: Surroundings,
): Promise<Run> {
  const { name, reason } =
    named === undefined
      ? await chooseStudy(root, env)
      : { name: named, reason: 'named on the command line' };
  const study = loadStudy(join(root, 'data/studies'), name);
  if (study.kind === 'original') return releasedRun(study, options, { root, env, output }, reason);
  if (options.from !== undefined || options.publish)
    throw new Error(`${options.from ? '--from' : '--publish'} is for the study original`);
  const model = modelFolder(study.model, root, env);
  const provider =
    options.provider === undefined
      ? await defaultProvider(study.kind)
      : known('provider', options.provider, PROVIDERS);
  output.write(`study: ${name} (${reason}), provider ${provider}\n`);
  return {
    study,
    stages: stagesOf(study),
    results: join(root, 'data/results', name),
    model,
    saes: once(() => saeFolders(study.saes, root, env)),
    explanations: once(() => explanationsOf(study, root)),
    provider,
    now: () => new Date().toISOString(),
  };
}

/** A study of released data: no model, no SAEs, nothing that needs a provider. */
function releasedRun(
  study: Study,
  { from }: ComputeOptions,
  { root, output }: Surroundings,
  reason: string,
): Run {
  const released: ReleasedFolder = releasedFolder(from, study.released!.repository);
  output.write(`study: ${study.name} (${reason}), released data in ${from}\n`);
  const { repository, revision } = study.released!;
  return {
    study,
    stages: stagesOf(study),
    results: join(root, 'data/results', study.name),
    model: { id: repository, dir: tokenizerFolder(), revision },
    saes: () => ({ id: repository, dirs: {}, revision }),
    explanations: () => openExplanations(root, []),
    released,
    provider: 'cpu',
    now: () => new Date().toISOString(),
  };
}

const explanationsOf = ({ explanations, saes }: Study, root: string): ExplanationCache =>
  openExplanations(join(root, explanations ?? 'data/explanations'), explanations ? saes.ids : []);

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** The miniature is faster on the CPU than it takes to reach a GPU. */
const defaultProvider = async (kind: Study['kind']): Promise<Provider> =>
  kind === 'miniature' ? 'cpu' : ((await gpuProvider()) ?? 'cpu');

/** The stages named, with or without their number; all where none is named. */
function selectStages(stages: readonly Stage[], only: readonly string[] | undefined): Stage[] {
  if (only === undefined) return [...stages];
  const names = stages.map(({ name }) => name);
  return only.map((asked) => {
    const name = names.find((full) => full.replace(/^\d+-/, '') === asked) ?? asked;
    return stages[names.indexOf(known('stage', name, names))]!;
  });
}

function known<T extends string>(what: string, name: string, names: readonly T[]): T {
  if ((names as readonly string[]).includes(name)) return name as T;
  throw new Error(`unknown ${what}: ${name} (known: ${names.join(', ')})`);
}

async function runShown(run: Run, stage: Stage, reason: string, output: WriteStream) {
  output.write(`${stage.name}: ${reason}\n`);
  const start = performance.now();
  const display = showProgress(stage.name, output);
  try {
    await runStage(run, stage, display.update);
  } finally {
    display.stop();
  }
  return `written in ${duration((performance.now() - start) / 1000)}`;
}

const tablesOf = (run: Run, stage: Stage): string =>
  stage.writes
    .map((table) => {
      const rows = readManifest(run.results)?.files[fileOf(table)]?.rows;
      return rows === undefined ? `${table.name} (missing)` : `${table.name} (${rows} rows)`;
    })
    .join(', ');

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
    .option(
      '--from <dir>',
      'a folder with what the original author released; for the study original',
    )
    .option('--publish', 'then write its aggregates to data/published')
    .action(async (study: string | undefined, options: ComputeOptions) => {
      process.exitCode = await compute(study, options, surroundings);
    });

if (import.meta.main) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  try {
    await command({ root, env: process.env, output: process.stdout }).parseAsync();
  } catch (error) {
    console.error(`error: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
