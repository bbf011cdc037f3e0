import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createWriteStream, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import type { WriteStream } from 'node:tty';
import { openSafetensors } from '../../pipeline/sources/formats/safetensors.ts';
import { openHub } from '../../pipeline/sources/hub/hub.ts';
import { modelFolder } from '../../pipeline/sources/model-folder.ts';
import { tempDir } from '../temp.ts';
import { GEMMA3, type RealGguf, SMOLLM2 } from '../weights.ts';
import { goldenGguf } from './formats/gguf/write-gguf.ts';
import { readJson, unpack } from './unpack.ts';

test('unpacked once, whole or not at all; what a killed process left is removed', (t) => {
  const cache = join(tempDir(t), 'gguf');
  const path = goldenGguf('llama_A_q8_0.gguf');
  const model = unpack(path, cache);
  const { dir, revision } = model;
  assert.equal(revision, '60406175ce78baac32e67fe1018cc8e7e98d2f98351ddfcbacf1f544c2c712eb');
  const files = ['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json'];
  assert.deepEqual(readdirSync(dir).sort(), files);
  assert.deepEqual(readdirSync(cache), [basename(dir)]);
  const written = statSync(join(dir, 'model.safetensors')).mtimeMs;
  assert.deepEqual(unpack(path, cache), model);
  assert.equal(statSync(join(dir, 'model.safetensors')).mtimeMs, written);

  const other = join(tempDir(t), 'gguf');
  const name = basename(dir);
  const [killed, running] = [2 ** 30, process.ppid].map((pid) => `${name}.partial-${pid}`);
  for (const name of [killed!, running!]) mkdirSync(join(other, name), { recursive: true });
  const again = unpack(path, other);
  assert.deepEqual(readdirSync(other).sort(), [name, running].sort());
  for (const file of files)
    assert.deepEqual(readFileSync(join(again.dir, file)), readFileSync(join(dir, file)));
});

test('--model FILE.gguf stands for the model that a study names', async (t) => {
  const root = tempDir(t);
  const output = createWriteStream('/dev/null') as unknown as WriteStream;
  const override = goldenGguf('llama_A_q8_0.gguf');
  const found = await modelFolder(
    { hub: 'some/model', revision: 'main' },
    { root, hub: openHub({}), output, override },
  );
  assert.equal(found.id, 'some/model');
  assert.equal(dirname(found.dir), join(root, 'data/cache/gguf'));
  assert.equal(readJson(found.dir, 'config.json').model_type, 'llama');
});

for (const real of [SMOLLM2, GEMMA3])
  test(`${basename(real.path)}: at most 1.5 times the float32 model in memory`, real, (t) => {
    const { peak, dir } = peakOf(real, tempDir(t));
    const tensors = openSafetensors(join(dir, 'model.safetensors'));
    const bytes = [...tensors.values()].reduce((sum, slice) => sum + slice.bytes, 0);
    t.diagnostic(`peak ${(peak / 1e6).toFixed()} MB, float32 ${(bytes / 1e6).toFixed()} MB`);
    assert.ok(peak <= 1.5 * bytes);
  });

/** Unpack in a process of its own, which says how much memory it took. */
function peakOf({ path, sha256 }: RealGguf, cache: string): { peak: number; dir: string } {
  const module = join(import.meta.dirname, '../../pipeline/sources/gguf-model.ts');
  const script = `
    import { unpackGguf } from ${JSON.stringify(module)};
    const { dir } = unpackGguf(${JSON.stringify(path)}, ${JSON.stringify(cache)}, () => {});
    console.log(JSON.stringify({ dir, peak: process.resourceUsage().maxRSS * 1024 }));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script]);
  assert.notEqual(stdout.toString(), '', stderr.toString());
  const found = JSON.parse(stdout.toString());
  assert.ok(basename(found.dir).startsWith(sha256));
  return found;
}
