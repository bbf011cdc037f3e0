import { join, relative } from 'node:path';
import type { WriteStream } from 'node:tty';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { align } from './align.ts';
import { chooseStudy } from './choose-study.ts';
import { loadStudy, type Study } from './config.ts';
import { type ExplanationCache, openExplanations } from './explanation-cache.ts';
import { type Hub, openHub } from './hub/hub.ts';
import { modelFolder } from './model-folder.ts';
import { duration, showProgress } from './progress.ts';
import { fileOf, finish, type Run, runStage, staleness } from './runner.ts';
import { cudaFault, hasNvidiaGpu } from './runtime/gpu-libraries.ts';
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
  /** Folders that stand for what the study names, on machines without a network. */
  readonly model?: string;
  readonly saes?: string;
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
  await fetchSaes(run, wanted, options.force);
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
  const hub = announced(openHub(env), output);
  const { name, reason } =
    named === undefined
      ? await chooseStudy(root, hub)
      : { name: named, reason: 'named on the command line' };
  const study = loadStudy(join(root, 'data/studies'), name);
  const provider = await chooseProvider(study, options.provider);
  output.write(`study: ${name} (${reason}), provider ${provider}\n`);
  if (study.kind === 'run' || named === undefined) noteCuda(provider, output);
  const places = { root, hub, output };
  const model = await modelFolder(study.model, { ...places, given: options.model });
  const saes = await saeFolders(study.saes, { ...places, given: options.saes });
  return {
    study,
    stages: stagesOf(study),
    results: join(root, 'data/results', name),
    model,
    saes: () => saes,
    explanations: once(() => explanationsOf(study, root)),
    provider,
    now: () => new Date().toISOString(),
  };
}

/** Say what is waited for. */
const announced = (hub: Hub, output: WriteStream): Hub => ({
  ...hub,
  pause: (seconds, reason) => {
    output.write(`${hub.endpoint}: ${reason}: waiting ${duration(seconds)}\n`);
    return hub.pause(seconds, reason);
  },
});

/** The one that is asked for; else for the miniature the CPU, which is faster than it takes to reach a GPU. */
async function chooseProvider(study: Study, asked: string | undefined): Promise<Provider> {
  if (asked === undefined)
    return study.kind === 'miniature' ? 'cpu' : ((await gpuProvider()) ?? 'cpu');
  const provider = known('provider', asked, PROVIDERS);
  const fault = provider === 'cuda' ? cudaFault() : null;
  if (fault !== null) throw new Error(`provider cuda: ${fault}`);
  return provider;
}

/** Say why an NVIDIA GPU that is there is not used. */
function noteCuda(provider: Provider, output: WriteStream): void {
  const fault = provider !== 'cuda' && hasNvidiaGpu() ? cudaFault() : null;
  if (fault !== null) output.write(`note: CUDA is not used: ${fault}\n`);
}

/** Before the first stage runs, so that hours of others are not lost on what cannot be fetched. */
async function fetchSaes(run: Run, wanted: readonly Stage[], force = false): Promise<void> {
  const stale = force || wanted.some((stage) => staleness(run, stage) !== null);
  if (stale && wanted.some(({ config }) => config.includes('saes'))) await run.saes().fetch?.();
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
    .option('--model <dir>', 'a folder with the model’s files, in place of the hub’s')
    .option('--saes <dir>', 'a folder with one subfolder for each family of SAEs, likewise')
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
