import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SaeFile } from '../../sae.ts';
import { readConfig, type SaeLensConfig } from './config.ts';
import { openWeights, readParameters } from './parameters.ts';

/** The files of an SAE in SAELens' format. */
export const CONFIG = 'cfg.json';
export const WEIGHTS = 'sae_weights.safetensors';

/** `import.meta.url` of this file, on which the results of a study with such SAEs depend. */
export const SAELENS_SOURCE = import.meta.url;

/** Whether a folder holds an SAE in SAELens' format. */
export const isSaeLens = (dir: string): boolean =>
  existsSync(join(dir, CONFIG)) && existsSync(join(dir, WEIGHTS));

/** The file that half an SAE in SAELens' format lacks, as where a download has ended early; null of a whole one, and of none. */
export function lackingOf(dir: string): string | null {
  const [config, weights] = [CONFIG, WEIGHTS].map((file) => existsSync(join(dir, file)));
  if (config === weights) return null;
  return config ? WEIGHTS : CONFIG;
}

/**
 * Open the SAE of one folder. Its config and the shapes of its arrays are checked now, its values when it is loaded.
 * @throws one line with the file, and the field or the array that is not supported
 */
export async function openSaeLens(dir: string): Promise<SaeFile> {
  return openConfigured(readConfig(join(dir, CONFIG)));
}

/** As `openSaeLens`, where the config was read. */
export async function openConfigured(config: SaeLensConfig): Promise<SaeFile> {
  const path = join(dirname(config.path), WEIGHTS);
  const file = await openWeights(path, config);
  const { spec } = config;
  return {
    ...spec,
    load: async () => ({ ...spec, params: await readParameters(path, file, config) }),
  };
}
