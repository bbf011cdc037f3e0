import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type LiveModel, type LivePart, liveParts } from '../../../pipeline/schema/live.ts';
import { sha256 } from '../../../pipeline/schema/sha256.ts';
import { hasRows } from '../study/has-rows.ts';
import type { Study } from '../study/studies.ts';

/** What a reader loads to run the model: the model itself, and the program that runs it. */
export const PACKS = ['model', 'runtime'] as const;
export type Pack = (typeof PACKS)[number];

/** Whether a study's model can run in a reader's browser: the miniature's, whose weights the repository has. */
export const isLive = ({ manifest }: Pick<Study, 'manifest'>): boolean =>
  manifest.kind === 'miniature' && hasRows(manifest, liveParts.name);

/** What the model needs to run, but for its weights. */
export async function readLiveModel({ database }: Study): Promise<LiveModel> {
  const rows = await database.all(`FROM ${liveParts.name}`);
  const parts = rows.map(({ part, content }): [LivePart, unknown] => [
    part as LivePart,
    JSON.parse(String(content)),
  ]);
  return Object.fromEntries(parts) as unknown as LiveModel;
}

/**
 * A pack's bytes, compressed: servers differ in what they compress, and a reader is told the size beforehand. The model is the
 * length of its description (4 bytes), the description as JSON, and its weights.
 * @throws where the file of the weights is not the one that the tables are about
 */
export function packOf(study: Study, pack: Pack): Promise<Uint8Array<ArrayBuffer>> {
  const key = pack === 'runtime' ? pack : `${study.name} ${pack}`;
  const found = packs.get(key) ?? (pack === 'runtime' ? runtimePack() : modelPack(study));
  packs.set(key, found);
  return found;
}

const packs = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

async function modelPack(study: Study): Promise<Uint8Array<ArrayBuffer>> {
  const model = await readLiveModel(study);
  const { file, sha256: expected } = model.setting.weights;
  const path = join(study.manifest.model, file);
  const weights = readFileSync(path);
  const found = sha256(weights);
  if (found !== expected)
    throw new Error(
      `${path}: SHA-256 ${found}, but the tables are about ${expected}: run npm run compute -- ${study.name}`,
    );
  const description = new TextEncoder().encode(JSON.stringify(model));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, description.length, true);
  return compressed(Buffer.concat([length, description, weights]));
}

/** onnxruntime-web's program, as its package has it. */
const runtimePack = async (): Promise<Uint8Array<ArrayBuffer>> =>
  compressed(
    readFileSync(
      createRequire(join(process.cwd(), 'package.json')).resolve(
        'onnxruntime-web/ort-wasm-simd-threaded.wasm',
      ),
    ),
  );

const compressed = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(gzipSync(bytes));
