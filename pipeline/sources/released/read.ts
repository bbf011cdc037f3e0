import { readFileSync } from 'node:fs';
import type { Pickled } from '../formats/pickle.ts';
import { isIntTensor, readTorch } from '../formats/torch.ts';
import type { TupleFile } from './files.ts';

/** Lists of token ids of each topic. */
export type Lists = ReadonlyMap<string, readonly (readonly number[])[]>;

/** A feature that is among the most attributed at a position of a list, the most attributed first. */
export interface Tuple {
  readonly saeId: string;
  readonly pos: number;
  readonly feature: number;
}

/**
 * The lists of a file, topic → tensors of shape [1, tokens]; of one with temperatures, those of the one asked for.
 * @throws `x.pt: expected topic → list of tensors, received …`
 */
export async function readLists(path: string, temperature: number | null): Promise<Lists> {
  const read = await readTorch(path);
  const topics = temperature === null ? read : mapOf(read, path).get(temperature);
  if (topics === undefined) throw new Error(`${path}: no temperature ${temperature}`);
  return new Map(
    [...mapOf(topics, path)].map(([topic, lists]) => {
      if (typeof topic !== 'string' || !Array.isArray(lists)) return wrong(path, topic);
      return [topic, lists.map((list) => idsOf(list, path))];
    }),
  );
}

/** Texts by topic and sample. One file has each text in a list of its own. */
export function readTexts(path: string): Map<string, string[]> {
  const topics = Object.entries(parseJson(path));
  return new Map(
    topics.map(([topic, samples]) => {
      if (typeof samples !== 'object' || samples === null) return wrong(path, samples);
      const texts = Object.values(samples).map((text) => (Array.isArray(text) ? text[0] : text));
      if (!texts.every((text) => typeof text === 'string')) return wrong(path, texts);
      return [topic, texts];
    }),
  );
}

/** Tuples by topic and sample. */
export async function readTuples(
  path: string,
  { saes }: TupleFile,
): Promise<Map<string, Tuple[][]>> {
  const topics = mapOf(await readTorch(path), path);
  return new Map(
    [...topics].map(([topic, samples]) => [
      String(topic),
      [...mapOf(samples, path).values()].map((sample) => {
        const list = arrayOf(sample, path);
        if (saes === null) return list.map((tuple) => tupleOf(tuple, null, path));
        return list.flatMap((of, i) =>
          arrayOf(of, path).map((tuple) => tupleOf(tuple, saes[i] ?? null, path)),
        );
      }),
    ]),
  );
}

function idsOf(list: Pickled, path: string): number[] {
  if (!isIntTensor(list)) return wrong(path, list);
  return Array.from(list.data as ArrayLike<number | bigint>, Number);
}

function tupleOf(tuple: Pickled, sae: string | null, path: string): Tuple {
  const [pos, feature, hook] = arrayOf(tuple, path);
  const saeId = sae ?? saeOfHook(String(hook));
  if (typeof pos !== 'number' || typeof feature !== 'number' || saeId === null)
    return wrong(path, tuple);
  return { saeId, pos, feature };
}

/** `blocks.7.attn.hook_z` → `att_7` */
function saeOfHook(hook: string): string | null {
  const found = /^blocks\.(\d+)\.(attn\.hook_z|hook_resid_post)$/.exec(hook);
  return found && `${found[2] === 'hook_resid_post' ? 'res' : 'att'}_${found[1]}`;
}

const mapOf = (value: Pickled, path: string): Map<Pickled, Pickled> =>
  value instanceof Map ? value : wrong(path, value);

const arrayOf = (value: Pickled, path: string): Pickled[] =>
  Array.isArray(value) ? value : wrong(path, value);

function wrong(path: string, received: unknown): never {
  const seen = JSON.stringify(received)?.slice(0, 60) ?? String(received);
  throw new Error(`${path}: not as released, it holds ${seen}: fetch the file again`);
}

function parseJson(path: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new Error(`${path}: not JSON, perhaps truncated: fetch the file again`);
  }
}
