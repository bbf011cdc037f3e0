import { readForeignObject } from '../../schema/foreign-file.ts';
import { shown } from '../../schema/one-line.ts';
import type { Pickled } from '../formats/pickle.ts';
import { isIntTensor, readTorch } from '../formats/torch.ts';
import type { TupleFile } from './files.ts';

/** topic → [list][token id] */
export type Lists = ReadonlyMap<string, readonly (readonly number[])[]>;

/** A position and feature to which the end of a list is attributed; tuples are in descending order of attribution. */
export interface Tuple {
  readonly saeId: string;
  readonly pos: number;
  readonly feature: number;
}

/**
 * Read a file of lists, each a tensor of shape [1, tokens].
 * @param temperature the key to read; null for a file that is not keyed by temperature
 * @throws `x.pt: not as released, it holds …`, or if the file is damaged
 */
export async function readLists(path: string, temperature: number | null): Promise<Lists> {
  const content = await readTorch(path);
  const topics = temperature === null ? content : asMap(content, path).get(temperature);
  if (topics === undefined) throw new Error(`${path}: no temperature ${temperature}: ${REMEDY}`);
  return new Map(
    [...asMap(topics, path)].map(([topic, lists]) => {
      if (typeof topic !== 'string' || !Array.isArray(lists)) return failFormat(path, topic);
      return [topic, lists.map((list) => idsOf(list, path))];
    }),
  );
}

/** Read a file of texts: topic → [sample]. In one file each text is wrapped in a list. */
export function readTexts(path: string): Map<string, string[]> {
  const topics = Object.entries(readForeignObject({ path, remedy: REMEDY }));
  return new Map(
    topics.map(([topic, samples]) => {
      if (typeof samples !== 'object' || samples === null) return failFormat(path, samples);
      const texts = Object.values(samples).map((text) =>
        Array.isArray(text) && text.length === 1 ? text[0] : text,
      );
      if (!texts.every((text) => typeof text === 'string')) return failFormat(path, texts);
      return [topic, texts];
    }),
  );
}

/** Read a file of tuples: topic → [sample][tuple]. */
export async function readTuples(
  path: string,
  { saes }: TupleFile,
): Promise<Map<string, Tuple[][]>> {
  const topics = asMap(await readTorch(path), path);
  return new Map(
    [...topics].map(([topic, samples]) => [
      typeof topic === 'string' ? topic : failFormat(path, topic),
      [...asMap(samples, path).values()].map((sample) => {
        const entries = asArray(sample, path);
        if (saes === null) return entries.map((tuple) => tupleOf(tuple, null, path));
        if (entries.length !== saes.length)
          return failFormat(path, `${entries.length} lists of tuples, not ${saes.length}`);
        return entries.flatMap((saeTuples, i) =>
          asArray(saeTuples, path).map((tuple) => tupleOf(tuple, saes[i] ?? null, path)),
        );
      }),
    ]),
  );
}

function idsOf(list: Pickled, path: string): number[] {
  if (!isIntTensor(list) || list.dims.length !== 2 || list.dims[0] !== 1)
    return failFormat(path, isIntTensor(list) ? `a tensor of shape [${list.dims}]` : list);
  return Array.from(list.data as ArrayLike<number | bigint>, Number);
}

/** @param knownSae the tuple's SAE; null if the tuple names its hook */
function tupleOf(tuple: Pickled, knownSae: string | null, path: string): Tuple {
  const [pos, feature, hook] = asArray(tuple, path);
  const saeId = knownSae ?? saeOfHook(String(hook));
  if (!isIndex(pos) || !isIndex(feature) || saeId === null) return failFormat(path, tuple);
  return { saeId, pos, feature };
}

const isIndex = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

/** `blocks.7.attn.hook_z` → `att_7` */
function saeOfHook(hook: string): string | null {
  const match = /^blocks\.(\d+)\.(attn\.hook_z|hook_resid_post)$/.exec(hook);
  return match && `${match[2] === 'hook_resid_post' ? 'res' : 'att'}_${match[1]}`;
}

const asMap = (value: Pickled, path: string): Map<Pickled, Pickled> =>
  value instanceof Map ? value : failFormat(path, value);

const asArray = (value: Pickled, path: string): Pickled[] =>
  Array.isArray(value) ? value : failFormat(path, value);

function failFormat(path: string, received: unknown): never {
  throw new Error(`${path}: not as released, it holds ${shown(received)}: ${REMEDY}`);
}

const REMEDY = 'fetch the file again';
