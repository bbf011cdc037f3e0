import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Progress } from '../engine/progress.ts';
import type { Provider } from '../runtime/session.ts';
import { type Checkpoint, openCheckpoint } from '../sources/formats/safetensors.ts';
import { widenCheckpoint, widenedBytes } from '../sources/formats/widen.ts';
import type { ModelFolder } from '../sources/model-folder.ts';

/** Smaller models are widened anew for every graph, which takes no time. */
const LARGE = 2 ** 30;

export interface Widening {
  readonly provider: Provider;
  /** Folder that widened weights are kept in, by the model's revision. */
  readonly cache: string;
  readonly progress: Progress;
}

/**
 * The weights that a provider maps: a large model's of 16 bits are written once as float32 for a provider that
 * computes in float32, which else would widen them for every graph, in memory of its own.
 */
export function weightsFor(
  { dir, revision }: ModelFolder,
  { provider, cache, progress }: Widening,
): Checkpoint {
  const stored = openCheckpoint(dir);
  if (!isWidened(stored, provider)) return stored;
  const kept = join(cache, revision);
  const file = join(kept, 'model.safetensors');
  if (!existsSync(file)) {
    mkdirSync(kept, { recursive: true });
    const total = widenedBytes(stored);
    let written = 0;
    widenCheckpoint(stored, file, (bytes) => {
      written += bytes;
      progress(Math.round(written / 1e6), Math.round(total / 1e6), 'MB of float32 weights');
    });
  }
  return openCheckpoint(kept);
}

/** Whether a provider maps a float32 copy. */
export const isWidened = (stored: Checkpoint, provider: Provider): boolean =>
  provider !== 'cuda' &&
  widenedBytes(stored) > LARGE &&
  [...stored.tensors.values()].some(({ dtype }) => dtype !== 'float32');
