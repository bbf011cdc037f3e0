import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openGolden } from '../../golden.ts';

/** A folder with a checkpoint in one file, as a model is released. */
export const MODEL = join(openGolden('config_A').dir, 'model');

/** The name of one of its tensors. */
export const EMBEDDING = 'model.embed_tokens.weight';

/** Write the index of a checkpoint in shards. */
export function writeIndex(dir: string, json: string): void {
  writeFileSync(join(dir, 'model.safetensors.index.json'), json);
}
