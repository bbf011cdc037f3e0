import { join } from 'node:path';
import type { WriteStream } from 'node:tty';
import { duration } from '../engine/progress.ts';
import { WRITING_PRODUCTS, type WritingProducts } from '../resources/model.ts';
import { type SaeFolders, saeFolders } from '../resources/sae-folders.ts';
import { deviceMemory } from '../runtime/device-memory.ts';
import { gpuProvider } from '../runtime/find-provider.ts';
import { cudaFault, hasNvidiaGpu } from '../runtime/gpu-libraries.ts';
import { PROVIDERS, type Provider } from '../runtime/provider.ts';
import { type Hub, openHub } from '../sources/hub/hub.ts';
import { type LookupOptions, modelFolder } from '../sources/model-folder.ts';
import { loadStudy } from '../study/load-study.ts';
import { pilotOf } from '../study/pilot.ts';
import type { ModelStudy, SaeChoice, Study } from '../study/study.ts';
import { transcoderChoice } from '../study/transcoder-choice.ts';
import { CORPUS } from '../train/corpus.ts';
import { chooseStudy } from './choose-study.ts';
import { modelRun, releasedRun } from './compose.ts';
import type { Run } from './run.ts';

/** What a command uses besides its arguments. */
export interface CommandContext {
  /** The folder that holds `data/`. */
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  readonly output: WriteStream;
}

export interface PrepareOptions {
  readonly provider?: string;
  /** Of the lists that are written: `WRITING_PRODUCTS`. */
  readonly products?: string;
  /** Folders to use in place of the model and SAEs that the study names, on machines without a network. */
  readonly model?: string;
  readonly saes?: string;
  /** Memory of the provider's device in GB, in place of what is detected. */
  readonly memory?: number;
  /** Folder with the files that the original author released, for the study of released data. */
  readonly from?: string;
  /** Whether the study's tables, or the aggregates of the study of released data, are published. */
  readonly publish?: boolean;
  /** Run the study's pilot in its place, with tables of its own. */
  readonly pilot?: boolean;
  /** Leave stages as they are of which only the code has changed. */
  readonly acceptCode?: boolean;
  /** Run nothing: no weights are fetched, and the provider need not be usable on this machine. */
  readonly dryRun?: boolean;
}

/** The study that is to be run, why this one, and the folder of its tables. */
interface ChosenStudy {
  readonly study: Study;
  readonly reason: string;
  readonly results: string;
}

/** The named study, or the one that this machine can run. @throws where its file is missing or refused */
async function findStudy(
  named: string | undefined,
  { pilot }: PrepareOptions,
  { root, env, output }: CommandContext,
): Promise<ChosenStudy> {
  const { name, reason } =
    named === undefined
      ? await chooseStudy(root, announceWaits(openHub(env), output))
      : { name: named, reason: NAMED };
  const study = loadStudy(join(root, 'data/studies'), name);
  const results = join(root, pilot ? 'data/cache/pilots' : 'data/results', name);
  return { study, reason, results };
}

const NAMED = 'named on the command line';

/** Choose study, model and provider, and print the choice as the first line. */
export async function prepare(
  named: string | undefined,
  options: PrepareOptions,
  context: CommandContext,
): Promise<Run> {
  const run = await prepareStudy(await findStudy(named, options, context), options, context);
  return { ...run, acceptsCode: options.acceptCode === true };
}

/** Choose the model and the provider of a study, and print the choice as the first line. */
async function prepareStudy(
  { study, reason, results }: ChosenStudy,
  options: PrepareOptions,
  { root, env, output }: CommandContext,
): Promise<Run> {
  const hub = announceWaits(openHub(env), output);
  const { name } = study;
  if (study.kind === 'original') {
    refuse(options, MODEL_OPTIONS, 'for studies that run a model: leave it out');
    const run = releasedRun(study, options.from, root);
    output.write(`study: ${name} (${reason}), released data in ${options.from}\n`);
    return run;
  }
  if (options.from !== undefined) throw new Error('--from is for the study original');
  if (options.publish && study.kind === 'miniature')
    throw new Error(
      '--publish is for studies of real models: the miniature is computed in minutes',
    );
  if (study.saes === undefined) refuse(options, ['saes'], `not for ${name}, which has no SAEs`);
  const provider = await chooseProvider(study, options);
  output.write(`study: ${name} (${reason}), provider ${provider}\n`);
  if (study.kind === 'run' || reason !== NAMED) noteCuda(provider, output);
  const lookup = { root, hub, output, withWeights: !options.dryRun };
  return modelRun({
    study: options.pilot ? pilotOf(study, CORPUS.topics) : study,
    results,
    provider,
    products: chosenProducts(options, provider),
    device: { name: provider, memory: plannedMemory(study, provider, options) },
    model: await modelFolder(study.model, { ...lookup, override: options.model }),
    saes: await givenSaes(study.saes ?? null, { ...lookup, override: options.saes }),
    transcoders: await givenSaes(transcoderChoice(study), { ...lookup, override: options.saes }),
    root,
    output,
  });
}

const MODEL_OPTIONS = ['model', 'saes', 'provider', 'products', 'memory'] as const;

/** @throws `--model is for …` where an option is given that would not be read */
function refuse(
  options: PrepareOptions,
  names: readonly (keyof PrepareOptions)[],
  what: string,
): void {
  const given = names.find((name) => options[name] !== undefined);
  if (given !== undefined) throw new Error(`--${given} is ${what}`);
}

/** Bytes that batches are planned for: those of the device, or fewer where the study says so and the user does not. */
function plannedMemory(
  { memory: most }: ModelStudy,
  provider: Provider,
  { memory }: PrepareOptions,
): number {
  const ofDevice = deviceMemory(provider, memory);
  return memory === undefined && most !== undefined ? Math.min(ofDevice, most * 1e9) : ofDevice;
}

/** SAEs in a folder or on the hub; null where there are none, or the project trains them. */
async function givenSaes(
  saes: SaeChoice | null,
  lookup: LookupOptions,
): Promise<SaeFolders | null> {
  const isTrained = saes?.train !== undefined && lookup.override === undefined;
  return saes && !isTrained ? saeFolders(saes, lookup) : null;
}

/** A hub that prints a line when it waits before a retry. */
const announceWaits = (hub: Hub, output: WriteStream): Hub => ({
  ...hub,
  pause: (seconds, reason) => {
    output.write(`${hub.endpoint}: ${reason}: waiting ${duration(seconds)}\n`);
    return hub.pause(seconds, reason);
  },
});

/** The requested provider; else a GPU if there is one, except for the miniature, which is faster on the CPU. */
async function chooseProvider(
  study: ModelStudy,
  { provider: requested, dryRun = false }: PrepareOptions,
): Promise<Provider> {
  if (requested === undefined)
    return study.kind === 'miniature' ? 'cpu' : ((await gpuProvider()) ?? 'cpu');
  const provider = requireKnown('provider', requested, PROVIDERS);
  const fault = provider === 'cuda' && !dryRun ? cudaFault() : null;
  if (fault !== null) throw new Error(`provider cuda: ${fault}`);
  return provider;
}

/** @throws where lists cannot be written so, or are to be published: results are of float32 */
function chosenProducts(
  { products, publish }: PrepareOptions,
  provider: Provider,
): WritingProducts {
  if (products === undefined) return 'float32';
  const chosen = requireKnown('type of products', products, WRITING_PRODUCTS);
  if (chosen === 'float32') return chosen;
  if (provider !== 'cpu')
    throw new Error(`--products ${chosen} is for provider cpu, not ${provider}: leave it out`);
  if (publish) throw new Error(`--publish is for float32: leave out --products ${chosen}`);
  return chosen;
}

/** Check that a name is one of those known. @throws `unknown provider: x (known: …)` */
export function requireKnown<T extends string>(what: string, name: string, names: readonly T[]): T {
  const knownName = names.find((other) => other === name);
  if (knownName !== undefined) return knownName;
  throw new Error(`unknown ${what}: ${name} (known: ${names.join(', ')})`);
}

/** Print why an NVIDIA GPU of this machine is not used. */
function noteCuda(provider: Provider, output: WriteStream): void {
  const fault = provider !== 'cuda' && hasNvidiaGpu() ? cudaFault() : null;
  if (fault !== null) output.write(`note: CUDA is not used: ${fault}\n`);
}
