import assert from 'node:assert/strict';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chooseStudy } from '../../pipeline/commands/choose-study.ts';
import { snapshotOf } from '../../pipeline/sources/hub/cache.ts';
import { openHub } from '../../pipeline/sources/hub/hub.ts';
import { loadModelStudy } from '../../pipeline/study/load-study.ts';
import { tempDir } from '../temp.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MODEL = 'google/gemma-2-2b-it';

const gpu = async () => 'cuda';
const noGpu = async () => null;

test('the full study needs a GPU, and a model in the cache or a token to fetch it with', async (t) => {
  const env = { HF_HOME: tempDir(t) };
  const choose = (more: NodeJS.ProcessEnv, findGpu: typeof gpu | typeof noGpu) =>
    chooseStudy(ROOT, openHub({ ...env, ...more }), findGpu);
  const miniature = (reason: string) => ({ name: 'miniature', reason });
  const full = (reason: string) => ({
    name: 'gemma-2-2b-it',
    reason: `cuda is usable and ${reason}`,
  });
  const absent = `${MODEL} is not in the hub's cache`;
  const token = { HF_TOKEN: 'hf_x' };
  assert.deepEqual(await choose({}, gpu), miniature(`${absent}, and no HF_TOKEN is set`));
  assert.deepEqual(await choose(token, noGpu), miniature('no usable GPU'));
  assert.deepEqual(await choose(token, gpu), full('a token of the hub is set'));
  assert.deepEqual(
    await choose({ ...token, HF_HUB_OFFLINE: '1' }, gpu),
    miniature(`${absent}, and HF_HUB_OFFLINE is set`),
  );
  const { hub, revision } = loadModelStudy(join(ROOT, 'data/studies'), 'gemma-2-2b-it').model;
  const at = snapshotOf(openHub(env), { repo: hub!, revision: revision! });
  mkdirSync(at, { recursive: true });
  cpSync(join(ROOT, 'data/models/miniature'), at, { recursive: true });
  assert.deepEqual(await choose({}, gpu), full(`${MODEL} is in the hub's cache`));
  assert.deepEqual(await choose({}, noGpu), miniature('no usable GPU'));
});
