import { join } from 'node:path';
import type { WriteStream } from 'node:tty';
import { once } from '../engine/once.ts';
import { duration, showProgress } from '../engine/progress.ts';
import type { Run } from '../engine/run.ts';
import { loadModel, outlineModel } from '../models/model.ts';
import { deviceMemory } from '../runtime/device-memory.ts';
import { gpuProvider } from '../runtime/find-provider.ts';
import { cudaFault, hasNvidiaGpu } from '../runtime/gpu-libraries.ts';
import { numericsOf } from '../runtime/numerics.ts';
import { PROVIDERS, type Provider } from '../runtime/session.ts';
import { type ExplanationCache, openExplanations } from '../sources/explanations.ts';
import { loadTokenizer } from '../sources/formats/tokenizer.ts';
import { type Hub, openHub } from '../sources/hub/hub.ts';
import { modelFolder } from '../sources/model-folder.ts';
import { releasedFolder, tokenizerFolder } from '../sources/released-folder.ts';
import { saeFolders } from '../sources/sae-folders.ts';
import { weightsFor } from '../sources/widened-model.ts';
import { stagesOf } from '../stages/all.ts';
import { loadStudy, type Study } from '../study/study.ts';
import { chooseStudy } from './choose-study.ts';

/** Where a command runs: all that it uses besides its arguments. */
export interface Surroundings {
  /** The folder that holds `data/`. */
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  readonly output: WriteStream;
}

export interface PrepareOptions {
  readonly provider?: string;
  /** Folders that stand for what the study names, on machines without a network. */
  readonly model?: string;
  readonly saes?: string;
  /** GB of the provider's device, in place of what it is found to have. */
  readonly memory?: number;
  /** Folder with what the original author released, for the study of it. */
  readonly from?: string;
  /** Whether that study's aggregates are published. */
  readonly publish?: boolean;
  /** Nothing will be run: no weights are fetched, and the provider need not be usable here. */
  readonly dryRun?: boolean;
}

/** Settle study, model and provider, and say which on the first line. */
export async function prepare(
  named: string | undefined,
  options: PrepareOptions,
  { root, env, output }: Surroundings,
): Promise<Run> {
  const hub = announced(openHub(env), output);
  const { name, reason } =
    named === undefined
      ? await chooseStudy(root, hub)
      : { name: named, reason: 'named on the command line' };
  const study = loadStudy(join(root, 'data/studies'), name);
  if (study.kind === 'original') return releasedRun(study, options, { root, env, output }, reason);
  if (options.from !== undefined || options.publish)
    throw new Error(`${options.from ? '--from' : '--publish'} is for the study original`);
  const provider = await chooseProvider(study, options);
  output.write(`study: ${name} (${reason}), provider ${provider}\n`);
  if (study.kind === 'run' || named === undefined) noteCuda(provider, output);
  const places = { root, hub, output, withWeights: !options.dryRun };
  const model = await modelFolder(study.model, { ...places, given: options.model });
  const saes = await saeFolders(study.saes, { ...places, given: options.saes });
  const numerics = numericsOf(provider);
  const checkpoint = () => {
    const display = showProgress('float32 weights', output);
    try {
      return weightsFor(model, provider, join(root, 'data/cache'), display.update);
    } finally {
      display.stop();
    }
  };
  return {
    study,
    stages: stagesOf(study),
    results: join(root, 'data/results', name),
    model,
    outline: once(() => outlineModel(model.dir, numerics)),
    opened: once(() => loadModel(model.dir, { checkpoint: checkpoint(), numerics })),
    tokenizer: once(() => loadTokenizer(model.dir)),
    saes: () => saes,
    explanations: once(() => explanationsOf(study, root)),
    provider,
    memory: deviceMemory(provider, options.memory),
    now: () => new Date().toISOString(),
  };
}

/** A study of released data: no model, no SAEs, nothing that needs a provider. */
function releasedRun(
  study: Study,
  { from }: PrepareOptions,
  { root, output }: Surroundings,
  reason: string,
): Run {
  const released = releasedFolder(from, study.released!.repository);
  output.write(`study: ${study.name} (${reason}), released data in ${from}\n`);
  const { repository, revision } = study.released!;
  const noModel = (): never => {
    throw new Error(`study ${study.name} has no model`);
  };
  return {
    study,
    stages: stagesOf(study),
    results: join(root, 'data/results', study.name),
    model: { id: repository, dir: tokenizerFolder(), revision },
    outline: noModel,
    opened: noModel,
    tokenizer: once(() => loadTokenizer(tokenizerFolder())),
    saes: () => ({ id: repository, dirs: {}, revision }),
    explanations: () => openExplanations(root, []),
    released,
    provider: 'cpu',
    memory: deviceMemory('cpu'),
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
async function chooseProvider(
  study: Study,
  { provider: asked, dryRun = false }: PrepareOptions,
): Promise<Provider> {
  if (asked === undefined)
    return study.kind === 'miniature' ? 'cpu' : ((await gpuProvider()) ?? 'cpu');
  const provider = known('provider', asked, PROVIDERS);
  const fault = provider === 'cuda' && !dryRun ? cudaFault() : null;
  if (fault !== null) throw new Error(`provider cuda: ${fault}`);
  return provider;
}

/** @throws `unknown provider: x (known: …)` */
export function known<T extends string>(what: string, name: string, names: readonly T[]): T {
  if ((names as readonly string[]).includes(name)) return name as T;
  throw new Error(`unknown ${what}: ${name} (known: ${names.join(', ')})`);
}

/** Say why an NVIDIA GPU that is there is not used. */
function noteCuda(provider: Provider, output: WriteStream): void {
  const fault = provider !== 'cuda' && hasNvidiaGpu() ? cudaFault() : null;
  if (fault !== null) output.write(`note: CUDA is not used: ${fault}\n`);
}

const explanationsOf = ({ explanations, saes }: Study, root: string): ExplanationCache =>
  openExplanations(join(root, explanations ?? 'data/explanations'), explanations ? saes.ids : []);
