import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { modelFolder } from '../../../pipeline/sources/model-folder.ts';
import { MODEL, modelChoice, REVISION, type Served } from './gemma.ts';

/** Fetch the model that a server stands for. */
export const fetchModel = ({ hub, output }: Pick<Served, 'hub' | 'output'>) =>
  modelFolder(modelChoice, { root: '/', hub, output });

/** The files of its cache, by their hashes. */
export const blobs = ({ cache }: Served): string[] =>
  globSync('models--*/blobs/*', { cwd: cache }).map((path) => path.split('/').at(-1)!);

/** The folder of its revision. */
export const snapshot = ({ cache }: Served): string =>
  join(cache, `models--${MODEL.replace('/', '--')}/snapshots/${REVISION}`);

/** Fails unless it is refused in one line that matches, which shows no token. */
export async function refused(served: Served, message: RegExp): Promise<void> {
  await assert.rejects(fetchModel(served), (error: Error) => {
    assert.match(error.message, message);
    assert.doesNotMatch(`${error.stack} ${JSON.stringify(error)} ${error.cause}`, /hf_/);
    assert.ok(!error.message.includes('\n'), error.message);
    return true;
  });
}
