import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Progress } from '../engine/progress.ts';
import { BYTES, sizeOf } from '../graph/tensor.ts';
import { codeVersion } from '../schema/code-version.ts';
import { reading } from '../schema/foreign-file.ts';
import { shortageOf } from './disk-space.ts';
import { contentOf } from './formats/gguf/content.ts';
import { openGguf } from './formats/gguf/open.ts';
import { sha256OfFile } from './formats/hash-file.ts';
import { streamSafetensors, type TensorSource } from './formats/write-safetensors.ts';

/** A model of a GGUF file in Hugging Face's layout. */
export interface UnpackedModel {
  /** Holds config.json, tokenizer.json, tokenizer_config.json and model.safetensors. */
  readonly dir: string;
  /** The SHA-256 of the file. */
  readonly revision: string;
  /** The file of the code that unpacked it. */
  readonly unpackedBy: string;
}

/**
 * Unpack a GGUF file into a folder that everything else can read: weights dequantised to float32, one tensor at a time,
 * config and tokenizer from its metadata. A file that was unpacked before is not unpacked again; a folder appears under
 * its name only when it is whole.
 * @param cache the folder that unpacked models are kept in, by their revision and the version of the code that unpacked them
 * @throws one line that names the file, the key or tensor, and the remedy
 */
export const unpackGguf = (path: string, cache: string, progress: Progress): UnpackedModel =>
  reading({ path, remedy: 'name a GGUF file' }, () => {
    const model = placeOf(sha256OfFile(path), cache);
    if (!isWhole(model)) unpackInto(model.dir, path, progress);
    return model;
  });

/**
 * The model of a file that was unpacked before, which the file is not needed for; null where it was not, or by other code.
 * @param sha256 of the GGUF file
 */
export function unpackedBefore(sha256: string, cache: string): UnpackedModel | null {
  const model = placeOf(sha256, cache);
  return isWhole(model) ? model : null;
}

function placeOf(sha256: string, cache: string): UnpackedModel {
  const unpackedBy = import.meta.url;
  const name = `${sha256}-${codeVersion(unpackedBy).slice(0, 12)}`;
  return { dir: join(cache, name), revision: sha256, unpackedBy };
}

const isWhole = ({ dir }: UnpackedModel): boolean =>
  FILES.every((file) => existsSync(join(dir, file)));

const FILES = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors'];

function unpackInto(dir: string, path: string, progress: Progress): void {
  const { tensors, config, tokenizer } = contentOf(openGguf(path));
  const json = {
    'config.json': config,
    'tokenizer.json': tokenizer.tokenizer,
    'tokenizer_config.json': tokenizer.config,
  };
  removeUnfinished(dir);
  const partial = `${dir}${PARTIAL}${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    checkSpace(path, dirname(dir), float32Bytes(tensors));
    for (const [file, content] of Object.entries(json))
      writeFileSync(join(partial, file), `${JSON.stringify(content)}\n`);
    writeWeights(join(partial, 'model.safetensors'), tensors, progress);
    rmSync(dir, { recursive: true, force: true });
    renameSync(partial, dir);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw error;
  }
}

function writeWeights(path: string, tensors: readonly TensorSource[], progress: Progress): void {
  const total = float32Bytes(tensors);
  let written = 0;
  streamSafetensors(path, tensors, undefined, (bytes) => {
    written += bytes;
    progress(written, total, 'bytes');
  });
}

const float32Bytes = (tensors: readonly TensorSource[]): number =>
  tensors.reduce((sum, { dims }) => sum + sizeOf(dims) * BYTES.float32, 0);

function checkSpace(path: string, cache: string, needed: number): void {
  const shortage = shortageOf(cache, `${path} as float32 needs`, needed);
  if (shortage) throw new Error(`${shortage}: make room`);
}

const PARTIAL = '.partial-';

/** What a process that was killed while it unpacked this model has left. */
function removeUnfinished(dir: string): void {
  if (!existsSync(dirname(dir))) return;
  const prefix = `${basename(dir)}${PARTIAL}`;
  for (const name of readdirSync(dirname(dir)))
    if (name.startsWith(prefix) && !isRunning(Number(name.slice(prefix.length))))
      rmSync(join(dirname(dir), name), { recursive: true, force: true });
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
