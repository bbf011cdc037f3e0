/**
 * Make the compact copy of the reference numbers that is committed as test/golden:
 * `node test/compact-golden.ts FULL_FOLDER test/golden`.
 *
 * 1. Models, SAEs, token cases and statistics are copied byte for byte.
 * 2. Where an array has a float64 twin, the twin is kept, as float32 under the array's own name.
 * 3. Values with a tolerance are rounded to a power of two of at most a sixteenth of it, or of the smallest, if there are several.
 * 4. Files and arrays that repeat a proof on a second input are dropped (KEEP).
 * 5. Rows of real models' weights are dropped: those have licences of their own.
 *
 * Manifests are rewritten to say so.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { float32, type Tensor } from '../pipeline/graph/tensor.ts';
import { openGguf } from '../pipeline/sources/formats/gguf/open.ts';
import { readNpz } from '../pipeline/sources/formats/npz.ts';
import { writeNpz } from '../pipeline/sources/formats/write-npz.ts';

const ALL = /./;
const CORE =
  /^(input_ids|attention_mask|position_ids|metric.*|resid_post|z|logits|entropy|lens_diff_.*|grad_(resid_post|z|embed)|greedy_ids|greedy_top2_margin)$/;
/** The same, with what a window, a bias, a norm or a rotation of queries and keys changes first. */
const ATTENTION = new RegExp(`${CORE.source}|^(attn_probs|[qkv]_proj|[qk]_(normed|rot))$`);
/** Inputs, and what logits, a lens and a continuation of them are. */
const PREDICTION =
  /^(input_ids|attention_mask|position_ids|metric.*|logits|lens_diff_.*|greedy_ids|greedy_top2_margin)$/;
/** What an ablation does, and what is needed to make it. */
const ABLATION =
  /^(x|grad_x|acts|l0|attr|attr_error|attr_b_dec|metric|top5_(?!delta).*|greedy_ids_.*)$/;

/** What is kept of each folder: files by name, and which of their arrays. */
const KEEP: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  config_A: {
    'forward_padded.npz': ALL,
    'forward_nopad.npz': CORE,
    'bf16weights_padded.npz': ALL,
    'sae_resid_L2_padded.npz': ALL,
    'sae_resid_L2_nopad.npz': ABLATION,
    'sae_z_L1_padded.npz': ALL,
    'sae_z_L1_nopad.npz': ABLATION,
  },
  config_B: {
    'forward_padded.npz': CORE,
    'forward_nopad.npz': PREDICTION,
    'sae_resid_L2_padded.npz': ABLATION,
    'sae_resid_L2_nopad.npz': ABLATION,
    'sae_z_L1_padded.npz': ABLATION,
    'sae_z_L1_nopad.npz': ABLATION,
  },
  llama_A: {
    'forward_padded.npz': ALL,
    'forward_nopad.npz': PREDICTION,
    'sae_resid_L2_padded.npz': ABLATION,
  },
  gemma3_A: { 'forward_padded.npz': ALL, 'forward_nopad.npz': PREDICTION },
  qwen2_A: { 'forward_padded.npz': ATTENTION },
  qwen3_A: { 'forward_padded.npz': ATTENTION },
  mistral_A: { 'forward_padded.npz': ATTENTION },
  sampling: { 'topp.npz': ALL },
  gguf: {
    'types.npz': /^t\./,
    'llama_A_gguf.npz': ALL,
    'gemma3_A_gguf.npz': /^(input_ids|attention_mask|.*_q8_0)$/,
    'qwen2_A_gguf.npz': ALL,
  },
  smollm2: { 'real.npz': ALL },
  'gemma3-270m': { 'real.npz': ALL },
};

const COPY = [
  'config_A/model',
  'config_A/model_bf16',
  'config_A/sae_resid_L2',
  'config_A/sae_z_L1',
  'config_B/model',
  'config_B/sae_resid_L2',
  'config_B/sae_z_L1',
  'llama_A/model',
  'llama_A/sae_resid_L2',
  'gemma3_A/model',
  'qwen2_A/model',
  'qwen3_A/model',
  'mistral_A/model',
  'stats',
  'gemma2-tokenizer.json',
  'gguf/llama_A_q8_0.gguf',
  'gguf/gemma3_A_q8_0.gguf',
  'gguf/qwen2_A_f32.gguf',
  'smollm2/tokenizer_cases.json',
  'gemma3-270m/tokenizer_cases.json',
];

interface Manifest {
  files: Record<string, Record<string, Record<string, unknown>>>;
  data_files?: Record<string, { sha256: string; bytes: number }>;
  compact?: string;
}

const [from, to] = process.argv.slice(2);
if (!from || !to) throw new Error('usage: node test/compact-golden.ts FULL_FOLDER COMPACT_FOLDER');
rmSync(to, { recursive: true, force: true });
for (const path of COPY) copy(join(from, path), join(to, path));
writeFileSync(join(to, 'gguf/types.gguf'), withoutTensors(join(from, 'gguf/types.gguf'), /^t\./));
for (const [folder, files] of Object.entries(KEEP)) await compact(from, to, folder, files);

async function compact(
  from: string,
  to: string,
  folder: string,
  kept: Readonly<Record<string, RegExp>>,
): Promise<void> {
  mkdirSync(join(to, folder), { recursive: true });
  const manifest: Manifest = JSON.parse(readFileSync(join(from, folder, 'manifest.json'), 'utf8'));
  const files: Manifest['files'] = {};
  for (const [file, entries] of Object.entries(manifest.files)) {
    const path = join(to, folder, file);
    const wanted = kept[file];
    if (wanted) files[file] = await compactNpz(join(from, folder, file), path, wanted, entries);
    else if (existsSync(path)) files[file] = entries;
  }
  manifest.files = files;
  if (manifest.data_files) manifest.data_files = hashes(join(to, folder), manifest.data_files);
  manifest.compact =
    'a smaller copy: NAME holds what the full set has as NAME__f64, as float32, on a grid (rounded_to) of at most a sixteenth of the tolerance; some arrays and files are left out';
  writeFileSync(join(to, folder, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`);
}

async function compactNpz(
  from: string,
  to: string,
  wanted: RegExp,
  entries: Manifest['files'][string],
): Promise<Manifest['files'][string]> {
  const npz = await readNpz(from);
  const arrays: Record<string, Tensor> = {};
  const described: Manifest['files'][string] = {};
  for (const name of npz.names.filter((n) => !n.endsWith('__f64') && wanted.test(n))) {
    const { f64_array, ...entry } = entries[name]!;
    const best = npz.get(f64_array ? String(f64_array) : name);
    const grid = gridOf(entry);
    described[name] = grid ? { ...entry, rounded_to: grid } : entry;
    arrays[name] = grid ? rounded(best, grid) : best;
  }
  writeNpz(to, arrays);
  return described;
}

function gridOf(entry: Readonly<Record<string, unknown>>): number | undefined {
  const tolerances = [entry.tol_abs_suggested, entry.tol_abs_suggested_after_first_pos].filter(
    (tolerance) => typeof tolerance === 'number',
  );
  return tolerances.length > 0
    ? 2 ** Math.floor(Math.log2(Math.min(...tolerances) / 16))
    : undefined;
}

function rounded({ dims, data }: Tensor, grid: number): Tensor {
  return float32(
    Float32Array.from(data as Float64Array, (x) => Math.round(x / grid) * grid),
    dims,
  );
}

function hashes(folder: string, listed: NonNullable<Manifest['data_files']>) {
  const present = Object.keys(listed).filter((file) => existsSync(join(folder, file)));
  return Object.fromEntries(
    present.map((file) => {
      const bytes = readFileSync(join(folder, file));
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      return [file, { sha256, bytes: bytes.length }];
    }),
  );
}

/** By content: the source may be read-only, the copy must not be. */
function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  if (statSync(from).isFile()) writeFileSync(to, readFileSync(from));
  else for (const name of readdirSync(from)) copy(join(from, name), join(to, name));
}

/** A GGUF file with only some of its tensors; its metadata stay as they are. */
function withoutTensors(path: string, kept: RegExp): Buffer {
  const bytes = readFileSync(path);
  const tensors = [...openGguf(path).tensors.values()];
  const entries = bytes.indexOf(tensors[0]!.name) - 8;
  let [at, offset] = [entries, 0];
  const [names, values]: [Buffer[], Buffer[]] = [[], []];
  for (const tensor of tensors) {
    const end = at + 8 + Buffer.byteLength(tensor.name) + 4 + 8 * tensor.dims.length + 4 + 8;
    if (kept.test(tensor.name)) {
      const entry = Buffer.from(bytes.subarray(at, end));
      entry.writeBigUInt64LE(BigInt(offset), entry.length - 8);
      names.push(entry);
      values.push(padded(bytes.subarray(tensor.offset, tensor.offset + tensor.bytes)));
      offset += values.at(-1)!.length;
    }
    at = end;
  }
  const start = Buffer.from(bytes.subarray(0, entries));
  start.writeBigUInt64LE(BigInt(names.length), 8);
  return Buffer.concat([padded(Buffer.concat([start, ...names])), ...values]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(Math.ceil(bytes.length / 32) * 32 - bytes.length)]);
}
