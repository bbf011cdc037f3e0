import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { unpackGguf } from '../../pipeline/sources/gguf-model.ts';
import { tempDir } from '../temp.ts';
import {
  float32Tensor,
  type GgufParts,
  goldenGguf,
  partsOf,
  type StoredTensor,
  writeGguf,
} from './formats/gguf/write-gguf.ts';

const tensorOf = ({ tensors }: GgufParts, name: string): StoredTensor =>
  tensors.find((tensor) => tensor.name === name)!;

interface Refused {
  readonly change: (parts: GgufParts) => void;
  readonly error: RegExp;
  /** The file that is changed; llama_A where left out. */
  readonly of?: string;
}

const QWEN2 = 'qwen2_A_f32.gguf';

const REFUSED: Readonly<Record<string, Refused>> = {
  'a key that is not known': {
    change: ({ metadata }) => void metadata.set('llama.expert_count', 8),
    error: /: llama\.expert_count is 8, a key not known: use another/,
  },
  'another architecture': {
    change: ({ metadata }) => void metadata.set('general.architecture', 'phi3'),
    error:
      /general\.architecture is phi3: use a model of one of llama, qwen2, qwen3, gemma2, gemma3$/,
  },
  'an adapter': {
    change: ({ metadata }) => void metadata.set('general.type', 'adapter'),
    error: /general\.type is "adapter", and only "model" is read/,
  },
  'a missing key': {
    change: ({ metadata }) => void metadata.delete('llama.block_count'),
    error: /no key llama\.block_count: /,
  },
  'a key of another type': {
    change: ({ metadata }) => void metadata.set('llama.block_count', 'four'),
    error: /llama\.block_count is "four", not a number/,
  },
  'a size that is none': {
    change: ({ metadata }) => void metadata.set('llama.attention.head_count_kv', 1.5),
    error: /llama\.attention\.head_count_kv is 1\.5, no size/,
  },
  'layers without number': {
    change: ({ metadata }) => void metadata.set('llama.block_count', 1e9),
    error: /llama\.block_count is 1000000000, no size/,
  },
  'a key of two lines': {
    change: ({ metadata }) => void metadata.set('llama.\n', 1),
    error: /: llama\.\\u000a is 1, a key not known: use another/,
  },
  'sizes by layer': {
    change: ({ metadata }) => void metadata.set('llama.attention.head_count_kv', [2, 2, 1, 2]),
    error: /llama\.attention\.head_count_kv is \[2,2,1,2\], not a number/,
  },
  'values of another size than keys': {
    change: ({ metadata }) => void metadata.set('llama.attention.value_length', 8),
    error: /llama\.attention\.value_length is 8, and only 16 is read/,
  },
  'a rotation of a part of a head': {
    change: ({ metadata }) => void metadata.set('llama.rope.dimension_count', 8),
    error: /llama\.rope\.dimension_count is 8, and only 16 is read/,
  },
  'another scaling of rotations': {
    change: ({ metadata }) => void metadata.set('llama.rope.scaling.type', 'yarn'),
    error: /llama\.rope\.scaling\.type is "yarn", and only "linear" is read/,
  },
  'another count of tokens': {
    change: ({ metadata }) => void metadata.set('llama.vocab_size', 321),
    error: /llama\.vocab_size is 321, and only 320 is read/,
  },
  'an ε of 0': {
    change: ({ metadata }) => void metadata.set('llama.attention.layer_norm_rms_epsilon', 0),
    error: /layer_norm_rms_epsilon is 0, expected 1e-30 to 1e\+30: use another/,
  },
  'a base of rotations below 0': {
    change: ({ metadata }) => void metadata.set('llama.rope.freq_base', -10000),
    error: /llama\.rope\.freq_base is -10000, expected 1e-30/,
  },
  'positions that are none': {
    change: ({ metadata }) => void metadata.set('llama.context_length', 0),
    error: /llama\.context_length is 0, expected 1 to 1048576 positions/,
  },
  'positions without number': {
    change: ({ metadata }) => void metadata.set('llama.context_length', 2 ** 40),
    error: /llama\.context_length is 1099511627776, expected 1 to/,
  },
  'a window of no token': {
    of: 'gemma3_A_q8_0.gguf',
    change: ({ metadata }) => void metadata.set('gemma3.attention.sliding_window', 0),
    error: /gemma3\.attention\.sliding_window is 0, expected/,
  },
  'a window of half a token': {
    of: 'gemma3_A_q8_0.gguf',
    change: ({ metadata }) => void metadata.set('gemma3.attention.sliding_window', 6.5),
    error: /sliding_window is 6\.5, no number of tokens/,
  },
  'a softcap of 0': {
    of: 'gemma3_A_q8_0.gguf',
    change: ({ metadata }) => void metadata.set('gemma3.final_logit_softcapping', 0),
    error: /final_logit_softcapping is 0, expected 1e-30/,
  },
  'a softcap that the architecture has none of': {
    of: 'gemma3_A_q8_0.gguf',
    change: ({ metadata }) => void metadata.set('gemma3.attn_logit_softcapping', 50),
    error: /gemma3\.attn_logit_softcapping is 50, a key not known/,
  },
  'one file of three': {
    change: ({ metadata }) => void metadata.set('split.count', 3),
    error: /split\.count is 3, and only 1 is read/,
  },
  'a tensor that is missing': {
    change: (parts) => {
      parts.tensors = parts.tensors.filter(({ name }) => name !== 'blk.2.attn_k.weight');
    },
    error: /no tensor blk\.2\.attn_k\.weight: /,
  },
  'a tensor that is not known': {
    change: ({ tensors }) => void tensors.push(float32Tensor('blk.0.attn_q.bias', [64], ones(64))),
    error: /tensor blk\.0\.attn_q\.bias: not known in the architecture llama/,
  },
  'a window that the architecture has none of': {
    of: QWEN2,
    change: ({ metadata }) => void metadata.set('qwen2.attention.sliding_window', 6),
    error: /: qwen2\.attention\.sliding_window is 6, a key not known: use another/,
  },
  'a bias that the architecture has none of': {
    of: QWEN2,
    change: ({ tensors }) =>
      void tensors.push(float32Tensor('blk.0.attn_output.bias', [48], ones(48))),
    error: /tensor blk\.0\.attn_output\.bias: not known in the architecture qwen2/,
  },
  'a bias that is missing': {
    of: QWEN2,
    change: (parts) => {
      parts.tensors = parts.tensors.filter(({ name }) => name !== 'blk.2.attn_v.bias');
    },
    error: /no tensor blk\.2\.attn_v\.bias: /,
  },
  'norms of heads that the architecture has none of': {
    of: QWEN2,
    change: ({ metadata, tensors }) => {
      metadata.set('qwen2.attention.key_length', 12);
      tensors.push(float32Tensor('blk.0.attn_q_norm.weight', [12], ones(12)));
    },
    error: /tensor blk\.0\.attn_q_norm\.weight: not known in the architecture qwen2/,
  },
  'rotations scaled by frequency': {
    change: ({ tensors }) => void tensors.push(float32Tensor('rope_freqs.weight', [8], ones(8))),
    error: /tensor rope_freqs\.weight: scaled rotations by frequency are not read/,
  },
  'more layers than the metadata say': {
    change: ({ metadata }) => void metadata.set('llama.block_count', 3),
    error: /tensor blk\.3\.\w+\.weight: not known/,
  },
  'a shape that the metadata do not make': {
    change: (parts) =>
      void Object.assign(tensorOf(parts, 'blk.1.ffn_up.weight'), { dims: [64, 96] }),
    error: /tensor blk\.1\.ffn_up\.weight has shape \[64,96\], the metadata make it \[96,64\]/,
  },
  'a value that is not finite': {
    change: ({ tensors }) => {
      const at = tensors.findIndex(({ name }) => name === 'blk.3.ffn_norm.weight');
      tensors[at] = float32Tensor('blk.3.ffn_norm.weight', [64], ones(64).fill(Number.NaN, 5, 6));
    },
    error: /tensor blk\.3\.ffn_norm\.weight has a value that is not finite/,
  },
};

for (const [name, { change, error, of = 'llama_A_q8_0.gguf' }] of Object.entries(REFUSED))
  test(`refused in one line, and nothing left: ${name}`, (t) => {
    const folder = tempDir(t);
    const parts = partsOf(goldenGguf(of));
    change(parts);
    const path = writeGguf(join(folder, 'changed.gguf'), parts);
    assert.throws(
      () => unpackGguf(path, join(folder, 'cache'), () => {}),
      (thrown: Error) => {
        assert.match(thrown.message, error);
        assert.ok(thrown.message.startsWith(`${path}: `), thrown.message);
        assert.doesNotMatch(thrown.message, /\n/);
        return true;
      },
    );
    const cache = join(folder, 'cache');
    assert.deepEqual(existsSync(cache) ? readdirSync(cache) : [], []);
  });

test('keys that change no number are read over: how its makers sample, and that it is the only file', (t) => {
  const folder = tempDir(t);
  const parts = partsOf(goldenGguf('llama_A_q8_0.gguf'));
  const unpacked = () =>
    unpackGguf(writeGguf(join(folder, 'x.gguf'), parts), join(folder, 'cache'), () => {}).dir;
  const config = (dir: string) => readFileSync(join(dir, 'config.json'), 'utf8');
  const before = config(unpacked());
  parts.metadata.set('general.sampling.temp', 0.6);
  parts.metadata.set('split.count', 1);
  parts.metadata.set('split.no', 0);
  parts.metadata.set('split.tensors.count', parts.tensors.length);
  assert.equal(config(unpacked()), before);
});

test('a distance of global layers that is none is named', (t) => {
  const folder = tempDir(t);
  const parts = partsOf(goldenGguf('gemma3_A_q8_0.gguf'));
  parts.metadata.set('gemma3.attention.sliding_window_pattern', 0);
  const path = writeGguf(join(folder, 'changed.gguf'), parts);
  assert.throws(() => unpackGguf(path, join(folder, 'cache'), () => {}), {
    message: `${path}: gemma3.attention.sliding_window_pattern is 0, no distance: use another GGUF file`,
  });
});

function ones(length: number): Float32Array {
  return new Float32Array(length).fill(1);
}
