import { join, relative } from 'node:path';
import type { WriteStream } from 'node:tty';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { align } from './align.ts';
import { chooseStudy } from './choose-study.ts';
import { loadStudy, type Study } from './config.ts';
import { deviceMemory } from './device-memory.ts';
import { planText } from './dry-run.ts';
import { type ExplanationCache, openExplanations } from './explanation-cache.ts';
import type { Checkpoint } from './io/safetensors.ts';
import { loadTokenizer } from './io/tokenizer.ts';
import { type ModelFolder, modelFolder } from './model-folder.ts';
import { loadModel, outlineModel } from './models/model.ts';
import { once } from './once.ts';
import { duration, showProgress } from './progress.ts';
import { fileOf, finish, type Run, runStage, staleness } from './runner.ts';
import { gpuProvider, PROVIDERS, type Provider } from './runtime/session.ts';
import { saeFolders } from './sae-folders.ts';
import type { Stage } from './stages/stage.ts';
import { stagesOf } from './study.ts';
import { readManifest } from './tables/manifest.ts';
import { weightsFor } from './widened-model.ts';

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
  /** GB of the provider's device, in place of what it is found to have. */
  readonly memory?: number;
  readonly dryRun?: boolean;
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
  if (options.dryRun) {
    output.write(await planText(run));
    return 0;
  }
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
    outline: once(() => outlineModel(model.dir)),
    opened: once(() =>
      loadModel(model.dir, { checkpoint: checkpointOf(model, provider, root, output) }),
    ),
    tokenizer: once(() => loadTokenizer(model.dir)),
    memory: deviceMemory(provider, options.memory),
    saes: once(() => saeFolders(study.saes, root, env)),
    explanations: once(() => explanationsOf(study, root)),
    provider,
    now: () => new Date().toISOString(),
  };
}

function checkpointOf(
  model: ModelFolder,
  provider: Provider,
  root: string,
  output: WriteStream,
): Checkpoint {
  const display = showProgress('weights', output);
  try {
    return weightsFor(model, provider, join(root, 'data/cache'), display.update);
  } finally {
    display.stop();
  }
}

const explanationsOf = ({ explanations, saes }: Study, root: string): ExplanationCache =>
  openExplanations(join(root, explanations ?? 'data/explanations'), explanations ? saes.ids : []);

/** The miniature is faster on the CPU than it takes to reach a GPU. */
const defaultProvider = async (kind: 'miniature' | 'run'): Promise<Provider> =>
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
    .option('--memory <GB>', 'what the device holds, where it is not found out', gigabytesOf)
    .option('--dry-run', 'print what each stage would need of memory and disk, and run nothing')
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
