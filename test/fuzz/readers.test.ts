import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { float32 } from '../../pipeline/graph/tensor.ts';
import { openSae } from '../../pipeline/sae/open-sae.ts';
import { GEMMA_SCOPE } from '../../pipeline/sae/releases/gemma-scope.ts';
import { openSaeLens } from '../../pipeline/sae/releases/saelens/open.ts';
import { openGguf } from '../../pipeline/sources/formats/gguf/open.ts';
import { readNpz, readNpzHeaders } from '../../pipeline/sources/formats/npz.ts';
import {
  assertFiniteWeights,
  openCheckpoint,
  readTensor,
} from '../../pipeline/sources/formats/safetensors.ts';
import { npy, zip } from '../../pipeline/sources/formats/write-npz.ts';
import { unpackGguf } from '../../pipeline/sources/gguf-model.ts';
import { readLists } from '../../pipeline/sources/released/read.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { goldenGguf } from '../sources/formats/gguf/write-gguf.ts';
import { storedLists } from '../sources/formats/torch-file.ts';
import { tempDir } from '../temp.ts';
import { assertReads } from './assert-reads.ts';
import { type Mutation, mutated, mutations } from './mutations.ts';
import { runs } from './runs.ts';

const CASES = join(import.meta.dirname, '../cases');
const SAELENS = join(import.meta.dirname, '../golden/saelens');

/** A valid file, of which mutations are read. */
interface Target {
  /** From the folder that it is written into. */
  readonly file: string;
  /** The bytes of the file with some changes; without any, they are read. */
  readonly bytes: (changes: readonly Mutation[]) => Buffer;
  /** Read everything of the folder. */
  readonly read: (dir: string) => unknown;
  /** Other files of the folder. */
  readonly others?: (dir: string) => void;
  /** Share of the runs, where reading takes long. */
  readonly share?: number;
}

const whole = (path: string) => {
  const bytes = readFileSync(path);
  return (changes: readonly Mutation[]) => mutated(bytes, changes);
};

function unpack(dir: string): void {
  unpackGguf(join(dir, 'x.gguf'), join(dir, 'cache'), () => {});
  rmSync(join(dir, 'cache'), { recursive: true });
}

/** The header of a small model, its weights as they are. */
function ggufModel(changes: readonly Mutation[]): Buffer {
  const path = goldenGguf('llama_A_q8_0.gguf');
  const bytes = readFileSync(path);
  const end = Math.min(...[...openGguf(path).tensors.values()].map(({ offset }) => offset));
  return Buffer.concat([mutated(bytes.subarray(0, end), changes), bytes.subarray(end)]);
}

function readTensors(dir: string): void {
  for (const [name, slice] of openCheckpoint(dir).tensors) {
    assertFiniteWeights(name, slice);
    readTensor(slice);
  }
}

const SAE = 'res/layer_0/width_6/average_l0_5/params.npz';

async function readSae(dir: string): Promise<void> {
  const folders = { release: GEMMA_SCOPE, dirs: { res: join(dir, 'res') }, width: '6' };
  await (await openSae(folders, 'res_0')).load();
}

const array = (name: string, bytes: Buffer) => ({ name: `${name}.npy`, bytes });
const MATRIX = npy(float32([1, 2, 3, 4, 5, 6], [2, 3]), { fortran: true });
const VECTOR = npy(float32([1, 2, 3], [3]));

async function readArrays(dir: string): Promise<void> {
  await readNpzHeaders(join(dir, 'x.npz'));
  await readNpz(join(dir, 'x.npz'));
}

const TARGETS: Readonly<Record<string, Target>> = {
  'gguf, all types': {
    file: 'x.gguf',
    bytes: whole(goldenGguf('types.gguf')),
    read: (dir) => {
      for (const { type, offset, bytes } of openGguf(join(dir, 'x.gguf')).tensors.values())
        type.dequantise(readFileSync(join(dir, 'x.gguf')).subarray(offset, offset + bytes));
    },
  },
  'gguf, a model': {
    file: 'x.gguf',
    bytes: ggufModel,
    read: unpack,
    share: 0.4,
  },
  safetensors: {
    file: 'model.safetensors',
    bytes: whole(join(CASES, 'models/plain/model.safetensors')),
    read: readTensors,
  },
  'safetensors of a model': {
    file: 'model.safetensors',
    bytes: whole(join(CASES, 'models/untied-head/model.safetensors')),
    read: loadModel,
    others: (dir) =>
      cpSync(join(CASES, 'models/untied-head/config.json'), join(dir, 'config.json')),
  },
  'npz, the archive': {
    file: SAE,
    bytes: whole(join(CASES, 'saes/plain', SAE)),
    read: readSae,
  },
  'safetensors of an SAE of SAELens': {
    file: 'sae_weights.safetensors',
    bytes: whole(join(SAELENS, 'gated/sae_weights.safetensors')),
    read: async (dir) => (await openSaeLens(dir)).load(),
    others: (dir) => cpSync(join(SAELENS, 'gated/cfg.json'), join(dir, 'cfg.json')),
  },
  'npz, an array in it': {
    file: 'x.npz',
    bytes: (changes) => zip([array('a', mutated(MATRIX, changes)), array('b', VECTOR)]),
    read: readArrays,
  },
  'pickle, the archive': {
    file: 'x.pt',
    bytes: (changes) => mutated(zip(storedLists(), { stored: true }), changes),
    read: (dir) => readLists(join(dir, 'x.pt'), null),
  },
  'pickle, the opcodes in it': {
    file: 'x.pt',
    bytes: (changes) => {
      const [pickle, ...others] = storedLists();
      return zip([{ ...pickle!, bytes: mutated(pickle!.bytes, changes) }, ...others]);
    },
    read: (dir) => readLists(join(dir, 'x.pt'), null),
  },
};

/** Write a file, and read it. @returns whether it could be read */
function attempt(dir: string, { file, bytes, read }: Target, changes: readonly Mutation[]) {
  const content = bytes(changes);
  writeFileSync(join(dir, file), content);
  return assertReads({ dir, size: content.length, read: () => read(dir) });
}

for (const [name, target] of Object.entries(TARGETS))
  test(`a changed file is read, or refused in one line that names it: ${name}`, async (t) => {
    const dir = folderOf(t, target);
    assert.ok(await attempt(dir, target, []), 'the file itself is read');
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(mutations, async (changes) => {
        refused += Number(!(await attempt(dir, target, changes)));
      }),
      runs(target.share),
    );
    assert.ok(refused > 0, 'some changes matter');
    t.diagnostic(`${refused} refused`);
  });

function folderOf(t: TestContext, { file, others }: Target): string {
  const dir = tempDir(t);
  mkdirSync(dirname(join(dir, file)), { recursive: true });
  others?.(dir);
  return dir;
}
