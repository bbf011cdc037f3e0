import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { float32, type Tensor } from '../../pipeline/graph/tensor.ts';
import { openCheckpoint, readTensor } from '../../pipeline/sources/formats/safetensors.ts';
import { writeSafetensors } from '../../pipeline/sources/formats/write-safetensors.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { loadGolden, openGolden } from '../golden.ts';
import { tempDir } from '../temp.ts';
import { runGolden } from './golden-run.ts';
import { SMALL, smallTensors } from './small-models.ts';

const golden = openGolden('config_A');

/** A copy of a reference model that a test may damage. */
function copy(t: TestContext): string {
  const dir = join(tempDir(t), 'model');
  cpSync(join(golden.dir, 'model'), dir, { recursive: true });
  return dir;
}

const tensorsOf = (dir: string): Record<string, Tensor<Float32Array>> =>
  Object.fromEntries([...openCheckpoint(dir).tensors].map(([name, at]) => [name, readTensor(at)]));

const editConfig = (dir: string, edit: Record<string, unknown>) => {
  const path = join(dir, 'config.json');
  const config = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, JSON.stringify({ ...config, ...edit }));
};

const editWeights = (dir: string, edit: Record<string, Tensor | undefined>) => {
  const edited = Object.entries({ ...tensorsOf(dir), ...edit }).flatMap(([name, tensor]) =>
    tensor ? [[name, tensor] as const] : [],
  );
  writeSafetensors(join(dir, 'model.safetensors'), Object.fromEntries(edited));
};

const NORM = 'model.norm.weight';
const { nHeads, dModel } = loadModel(join(golden.dir, 'model')).dims;
const nan = float32(
  Array.from({ length: dModel }, (_, i) => (i === 3 ? Number.NaN : 0)),
  [dModel],
);

const DAMAGE: [string, (dir: string) => void, RegExp][] = [
  [
    'no config.json',
    (dir) => rmSync(join(dir, 'config.json')),
    /missing model file: .*config\.json: fetch or train the model again/,
  ],
  [
    'a truncated config.json',
    (dir) => writeFileSync(join(dir, 'config.json'), '{"model_type": "gem'),
    /config\.json: not JSON: fetch or train/,
  ],
  [
    'another architecture',
    (dir) => editConfig(dir, { model_type: 'gpt2' }),
    /config\.json: model_type gpt2 is not supported: use a model of one of gemma2, gemma3_text, gemma3, llama, qwen2, qwen3, mistral$/,
  ],
  [
    'a malformed field',
    (dir) => editConfig(dir, { head_dim: 'wide' }),
    /config\.json: head_dim: .*expected.*: fetch or train/,
  ],
  [
    'heads that cannot share keys',
    (dir) => editConfig(dir, { num_key_value_heads: nHeads + 1 }),
    /config\.json: \d+ heads cannot share \d+ key\/value heads: /,
  ],
  [
    'no weights',
    (dir) => rmSync(join(dir, 'model.safetensors')),
    /missing model file: .*model\.safetensors/,
  ],
  [
    'truncated weights',
    (dir) => {
      const path = join(dir, 'model.safetensors');
      writeFileSync(path, readFileSync(path).subarray(0, -100));
    },
    /truncated: .* ends at byte \d+ of \d+/,
  ],
  [
    'a missing tensor',
    (dir) => editWeights(dir, { [NORM]: undefined }),
    /missing tensor: model\.norm\.weight in .*: fetch or train/,
  ],
  [
    'a tensor of another shape',
    (dir) => editWeights(dir, { [NORM]: float32(new Float32Array(7), [7]) }),
    /model\.norm\.weight has shape \[7\], expected \[\d+\] by config\.json/,
  ],
  [
    'a weight that is NaN',
    (dir) => editWeights(dir, { [NORM]: nan }),
    /model\.norm\.weight: value 3 is not finite/,
  ],
];

/** What to do ends the message; without the `s` flag a second line fails. */
const REMEDY =
  /^.*: (fetch or train the model again(, or use another)?|use a model of one of [\w, ]+)$/;

suite('a damaged model is refused in one line', () => {
  for (const [what, damage, message] of DAMAGE)
    test(what, (t) => {
      const dir = copy(t);
      damage(dir);
      assert.throws(
        () => loadModel(dir),
        (error: Error) => {
          assert.match(error.message, message);
          assert.match(error.message, REMEDY);
          return true;
        },
      );
    });
});

test('a checkpoint in shards is the same model', async (t) => {
  const dir = copy(t);
  const tensors = Object.entries(tensorsOf(dir));
  rmSync(join(dir, 'model.safetensors'));
  const shards = [tensors.slice(0, 20), tensors.slice(20)];
  const weight_map: Record<string, string> = {};
  shards.forEach((part, i) => {
    const file = `model-0000${i + 1}-of-00002.safetensors`;
    writeSafetensors(join(dir, file), Object.fromEntries(part));
    for (const [name] of part) weight_map[name] = file;
  });
  writeFileSync(join(dir, 'model.safetensors.index.json'), JSON.stringify({ weight_map }));
  assert.deepEqual(await logitsOf(dir), await logitsOf(join(golden.dir, 'model')));
});

test('bfloat16 weights are the model of the float32 weights that they widen to', async (t) => {
  const narrow = copy(t);
  const halves = Object.entries(tensorsOf(narrow)).map(([name, { dims, data }]) => {
    const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
    return [name, { dtype: 'bfloat16', dims, data: Uint16Array.from(bits, (b) => b >>> 16) }];
  });
  writeSafetensors(join(narrow, 'model.safetensors'), Object.fromEntries(halves));
  const wide = copy(t);
  writeSafetensors(join(wide, 'model.safetensors'), tensorsOf(narrow));
  const logits = await logitsOf(narrow);
  assert.deepEqual(logits, await logitsOf(wide));
  assert.notDeepEqual(logits, await logitsOf(join(golden.dir, 'model')));
});

for (const [family, config] of Object.entries(SMALL))
  test(`${family}: a folder as on the hub, of bfloat16 in two shards, is whole`, (t) => {
    const dir = tempDir(t);
    const ones = (size: number) => new Uint16Array(size).fill(0x3f80);
    const tensors = Object.entries(smallTensors(config)).map(([name, { dims, data }]) => {
      const tensor: Tensor = { dtype: 'bfloat16', dims, data: ones(data.length) };
      return [name, tensor] as const;
    });
    const shards = [tensors.slice(0, 7), tensors.slice(7)];
    shards.forEach((part, i) => {
      writeSafetensors(join(dir, `${i}.safetensors`), Object.fromEntries(part));
    });
    const weight_map = Object.fromEntries(
      shards.flatMap((part, i) => part.map(([name]) => [name, `${i}.safetensors`])),
    );
    writeFileSync(join(dir, 'model.safetensors.index.json'), JSON.stringify({ weight_map }));
    writeFileSync(join(dir, 'config.json'), JSON.stringify(config));
    const { checkpoint, weights } = loadModel(dir);
    assert.deepEqual([...checkpoint.tensors.keys()].sort(), [...weights.keys()].sort());
    assert.deepEqual([...weights.keys()].sort(), tensors.map(([name]) => name).sort());
    for (const { dtype } of checkpoint.tensors.values()) assert.equal(dtype, 'bfloat16');
  });

async function logitsOf(dir: string): Promise<Tensor> {
  const npz = await loadGolden(golden, 'forward_padded.npz');
  return (await runGolden({ npz, model: loadModel(dir) })).get('logits')!;
}
