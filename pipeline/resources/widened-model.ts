import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { takeWriteLock } from '../engine/lock.ts';
import type { Progress } from '../engine/progress.ts';
import type { Provider } from '../runtime/session.ts';
import { type Checkpoint, openCheckpoint } from '../sources/formats/safetensors.ts';
import { widenCheckpoint, widenedBytes } from '../sources/formats/widen.ts';
import type { ModelFolder } from '../sources/model-folder.ts';

/** Size in bytes above which a float32 copy is stored; smaller models are widened for every graph. */
const LARGE = 2 ** 30;

export interface Widening {
  readonly provider: Provider;
  /** Folder with one subfolder of widened weights for each model revision. */
  readonly cache: string;
  readonly progress: Progress;
}

/**
 * The weights that a provider memory-maps. For a provider that computes in float32, the 16-bit weights of a large model
 * are stored once as float32; otherwise every graph would widen its own copy in memory.
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
    using _ = takeWriteLock(kept, { command: 'widening of weights' });
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

/** Whether a provider uses a stored float32 copy. */
export const isWidened = (stored: Checkpoint, provider: Provider): boolean =>
  provider !== 'cuda' &&
  widenedBytes(stored) > LARGE &&
  [...stored.tensors.values()].some(({ dtype }) => dtype !== 'float32');
