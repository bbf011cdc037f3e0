import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { fetchPatiently, readWhole } from '../sources/hub/patience.ts';
import { MODEL_ID } from './neuronpedia.ts';

/** Where Neuronpedia keeps what it exports: files by model and SAE. */
export const NEURONPEDIA_FILES = 'https://neuronpedia-datasets.s3.us-east-1.amazonaws.com';

/** Files of one SAE. The largest there are have a million features, and a file has some hundred. */
const MOST_FILES = 10_000;
const LARGEST_FILE = 256e6; // bytes, unpacked
const SILENCE = 30; // seconds

const Line = z.looseObject({
  modelId: z.string().optional(),
  layer: z.string().optional(),
  index: z.union([z.int().min(0), z.string().regex(/^\d+$/).transform(Number)]),
  description: z.string().nullish(),
});

/** The answer of a service that has moved. */
const Moved = z.looseObject({ message: z.string().regex(/moved/i), newUrl: z.string() });

/**
 * Fetch the explanations of an SAE's features: files of JSON lines, numbered from 0 until there is none. If a feature has
 * several, the first is taken; a line without a description explains nothing.
 * @param endpoint `NEURONPEDIA_FILES`, except in tests
 * @throws one line with the URL, its answer and the remedy
 */
export async function fetchExplanations(
  source: string,
  endpoint: string,
): Promise<Map<number, string>> {
  const explanations = new Map<number, string>();
  for (let n = 0; ; n++) {
    const url = `${endpoint}/v1/${MODEL_ID}/${source}/explanations/batch-${n}.jsonl.gz`;
    if (n === MOST_FILES) fail(url, 'files without end', LATER);
    const file = await fetchFile(url);
    if (file === null && n === 0) fail(url, 'no such file', OTHERWISE);
    if (file === null) return explanations;
    for (const [index, description] of readLines(unpack(file, url), source, url))
      if (!explanations.has(index)) explanations.set(index, description);
  }
}

const LATER = 'try again later, or go on without explanations';
const OTHERWISE = 'go on without explanations, or look where the service keeps them now';

function fail(url: string, reason: string, remedy: string): never {
  throw new Error(`${url}: ${reason}: ${remedy}`);
}

/** The bytes of a file; null where there is none. */
async function fetchFile(url: string): Promise<Uint8Array | null> {
  const failLater = (error: Error): never =>
    fail(url, (error.cause as Error | undefined)?.message ?? error.message, LATER);
  const answer = await fetchPatiently(url, {}, { silence: SILENCE }).catch(failLater);
  if (answer.status === 404) {
    await answer.body?.cancel();
    return null;
  }
  const body = await readWhole(answer).catch(failLater);
  if (answer.ok) return body;
  const moved = Moved.safeParse(parseJson(Buffer.from(body).toString()));
  if (moved.success) fail(url, `moved to ${moved.data.newUrl}`, OTHERWISE);
  return fail(url, `${answer.status} ${answer.statusText}`, LATER);
}

/** A file's text. A server may say that it is packed, and it is then unpacked on the way. */
function unpack(file: Uint8Array, url: string): string {
  const isPacked = file[0] === 0x1f && file[1] === 0x8b;
  try {
    const bytes = isPacked ? gunzipSync(file, { maxOutputLength: LARGEST_FILE }) : file;
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    return fail(url, `damaged (${(error as Error).message})`, LATER);
  }
}

function* readLines(text: string, source: string, url: string): Generator<[number, string]> {
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const parsed = Line.safeParse(parseJson(line));
    if (!parsed.success) {
      const { path, message } = parsed.error.issues[0]!;
      fail(url, [`line ${at + 1}`, ...path.map(String), message].join(': '), LATER);
    }
    const { modelId = MODEL_ID, layer = source, index, description } = parsed.data;
    if (modelId !== MODEL_ID || layer !== source)
      fail(url, `line ${at + 1} is about ${modelId}/${layer}`, OTHERWISE);
    const words = description?.trim();
    if (words) yield [index, words];
  }
}

/** Undefined where a text is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
