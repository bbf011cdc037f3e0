import { z } from 'zod';
import { parseSaeId } from '../sae/sae.ts';
import type { Family } from '../schema/sae-families.ts';

/** The service that hosts dashboards and explanations of Gemma Scope's features. */
export const NEURONPEDIA = 'https://www.neuronpedia.org';

/** The names of Gemma Scope for the 2B base model, on the hub and on Neuronpedia. */
const RELEASE = 'google/gemma-scope-2b-pt';
const MODEL_ID = 'gemma-2-2b';
const SOURCES: Readonly<Record<Family, string>> = {
  res: 'gemmascope-res-16k',
  att: 'gemmascope-att-16k',
  mlp: 'gemmascope-mlp-16k',
  tc: 'gemmascope-transcoder-16k',
};

/** Neuronpedia's name of an SAE, such as `20-gemmascope-res-16k`; null if Neuronpedia does not have it. */
export function neuronpediaSource(
  { hub, width }: { readonly hub?: string | undefined; readonly width: string },
  saeId: string,
): string | null {
  if (hub !== RELEASE || width !== '16k') return null;
  const { family, layer } = parseSaeId(saeId);
  return `${layer}-${SOURCES[family]}`;
}

/** URL of a feature's page. */
export const neuronpediaPage = (source: string, feature: number): string =>
  `${NEURONPEDIA}/${MODEL_ID}/${source}/${feature}`;

const Explanations = z.array(
  z.object({ index: z.coerce.number().int().min(0), description: z.string() }),
);

/** Timeout of one request, in milliseconds: an SAE's explanations have several megabytes. */
const TIMEOUT = 120_000;

/**
 * Fetch the explanations of an SAE's features. If a feature has several, the first is taken.
 * @param endpoint `NEURONPEDIA`, except in tests
 * @throws one line with the URL and its answer
 */
export async function fetchExplanations(
  source: string,
  endpoint: string,
): Promise<Map<number, string>> {
  const url = `${endpoint}/api/explanation/export?modelId=${MODEL_ID}&saeId=${source}`;
  const fail = (reason: string): never => {
    throw new Error(`${url}: ${reason}: try again later, or go on without explanations`);
  };
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT) }).catch(
    (error: Error) => fail((error.cause as Error | undefined)?.message ?? error.message),
  );
  if (!response.ok) fail(`${response.status} ${response.statusText}`);
  const text = await response.text().catch((error: Error) => fail(error.message));
  const parsed = Explanations.safeParse(parseJson(text, fail));
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    return fail(`${path.join('.')}: ${message}`);
  }
  const explanations = new Map<number, string>();
  for (const { index, description } of parsed.data)
    if (!explanations.has(index)) explanations.set(index, description.trim());
  return explanations;
}

function parseJson(text: string, fail: (reason: string) => never): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return fail('not JSON');
  }
}
