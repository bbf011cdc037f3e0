import { join } from 'node:path';
import { gpuProvider } from '../runtime/find-provider.ts';
import type { Hub } from '../sources/hub/hub.ts';
import { isCached } from '../sources/model-folder.ts';
import { loadModelStudy } from '../study/load-study.ts';

/** The full-size study, and the one whose model is part of the repository. */
const FULL = 'gemma-2-2b-it';
const FALLBACK = 'miniature';

export interface Choice {
  readonly name: string;
  readonly reason: string;
}

/** The study to run if none is named: the full-size one if a GPU is usable and its model is cached or can be fetched. */
export async function chooseStudy(
  root: string,
  hub: Hub,
  findGpu: () => Promise<string | null> = gpuProvider,
): Promise<Choice> {
  const { model } = loadModelStudy(join(root, 'data/studies'), FULL);
  const source = { repo: model.hub!, revision: model.revision! };
  const cached = isCached(hub, source);
  if (!cached && (hub.offline || !hub.hasToken))
    return {
      name: FALLBACK,
      reason: `${source.repo} is not in the hub's cache, ${missingReason(hub)}`,
    };
  const gpu = await findGpu();
  if (gpu === null) return { name: FALLBACK, reason: 'no usable GPU' };
  const access = cached ? `${source.repo} is in the hub's cache` : 'a token of the hub is set';
  return { name: FULL, reason: `${gpu} is usable and ${access}` };
}

const missingReason = ({ offline }: Hub): string =>
  offline ? 'and HF_HUB_OFFLINE is set' : 'and no HF_TOKEN is set';
