import { join } from 'node:path';
import { loadStudy } from './config.ts';
import { modelFolder } from './model-folder.ts';
import { gpuProvider } from './runtime/session.ts';

const FULL = 'gemma-2-2b-it';
const EMBEDDED = 'miniature';

export interface Choice {
  readonly name: string;
  readonly reason: string;
}

/** The study to run where none is named: the full one where this machine can run it. */
export async function chooseStudy(root: string, env: NodeJS.ProcessEnv): Promise<Choice> {
  const { model } = loadStudy(join(root, 'data/studies'), FULL);
  try {
    modelFolder(model, root, env);
  } catch {
    return { name: EMBEDDED, reason: `${model.hub} is not in the hub's cache` };
  }
  const gpu = await gpuProvider();
  if (gpu === null) return { name: EMBEDDED, reason: 'no usable GPU' };
  return { name: FULL, reason: `${gpu} is usable and ${model.hub} is in the hub's cache` };
}
