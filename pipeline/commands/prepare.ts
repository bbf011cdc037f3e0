import { join } from 'node:path';
import type { WriteStream } from 'node:tty';
import { duration } from '../engine/progress.ts';
import { saeFolders } from '../resources/sae-folders.ts';
import { deviceMemory } from '../runtime/device-memory.ts';
import { gpuProvider } from '../runtime/find-provider.ts';
import { cudaFault, hasNvidiaGpu } from '../runtime/gpu-libraries.ts';
import { PROVIDERS, type Provider } from '../runtime/provider.ts';
import { type Hub, openHub } from '../sources/hub/hub.ts';
import { modelFolder } from '../sources/model-folder.ts';
import { loadStudy } from '../study/load-study.ts';
import type { ModelStudy } from '../study/study.ts';
import { chooseStudy } from './choose-study.ts';
import { modelRun, releasedRun } from './compose.ts';
import type { Run } from './run.ts';

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
  if (study.kind === 'original') {
    const run = releasedRun(study, options.from, root);
    output.write(`study: ${name} (${reason}), released data in ${options.from}\n`);
    return run;
  }
  if (options.from !== undefined || options.publish)
    throw new Error(`${options.from ? '--from' : '--publish'} is for the study original`);
  const provider = await chooseProvider(study, options);
  output.write(`study: ${name} (${reason}), provider ${provider}\n`);
  if (study.kind === 'run' || named === undefined) noteCuda(provider, output);
  const places = { root, hub, output, withWeights: !options.dryRun };
  return modelRun({
    study,
    provider,
    device: { name: provider, memory: deviceMemory(provider, options.memory) },
    model: await modelFolder(study.model, { ...places, override: options.model }),
    saes: study.saes ? await saeFolders(study.saes, { ...places, override: options.saes }) : null,
    root,
    output,
  });
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
  study: ModelStudy,
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
  const found = names.find((other) => other === name);
  if (found !== undefined) return found;
  throw new Error(`unknown ${what}: ${name} (known: ${names.join(', ')})`);
}

/** Say why an NVIDIA GPU that is there is not used. */
function noteCuda(provider: Provider, output: WriteStream): void {
  const fault = provider !== 'cuda' && hasNvidiaGpu() ? cudaFault() : null;
  if (fault !== null) output.write(`note: CUDA is not used: ${fault}\n`);
}
