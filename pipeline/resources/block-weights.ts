import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { takeWriteLock } from '../engine/lock.ts';
import type { Progress } from '../engine/progress.ts';
import type { Model } from '../models/model.ts';
import { EMBEDDING } from '../models/weight-names.ts';
import { writeBlocks } from '../sources/formats/block-weights.ts';
import { type Checkpoint, openCheckpoint } from '../sources/formats/safetensors.ts';

/** Changes when a change of code should round the weights again. */
const RECIPE = 1;

/**
 * A model's weights with matrices in blocks of 8 bits. They are written once.
 * @param revision identifies the model's weights
 * @param cache folder with one subfolder for each model
 */
export function blocksFor(
  { checkpoint }: Model,
  revision: string,
  { cache, progress }: { readonly cache: string; readonly progress: Progress },
): Checkpoint {
  const kept = join(cache, 'int8', `${revision}-${RECIPE}`);
  const file = join(kept, 'model.safetensors');
  if (!existsSync(file)) {
    using _ = takeWriteLock(kept, { command: 'rounding of weights' });
    mkdirSync(kept, { recursive: true });
    writeBlocks(checkpoint, [EMBEDDING], file, (written, total) =>
      progress(Math.round(written / 1e6), Math.round(total / 1e6), 'MB of rounded weights'),
    );
  }
  return openCheckpoint(kept);
}
