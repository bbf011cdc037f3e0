import { z } from 'zod';
import { parseSaeId } from '../sae/sae.ts';
import type { Family } from '../schema/sae-families.ts';

/** The service that hosts dashboards and explanations of Gemma Scope's features. */
export const NEURONPEDIA = 'https://www.neuronpedia.org';

/** Gemma Scope for the 2B base model as the hub names it, and as Neuronpedia does. */
const RELEASE = 'google/gemma-scope-2b-pt';
const MODEL_ID = 'gemma-2-2b';
const SOURCES: Readonly<Record<Family, string>> = {
  res: 'gemmascope-res-16k',
  att: 'gemmascope-att-16k',
  mlp: 'gemmascope-mlp-16k',
  tc: 'gemmascope-transcoder-16k',
};

/** What Neuronpedia calls an SAE, such as `20-gemmascope-res-16k`; null for those that it does not have. */
export function neuronpediaSource(
  { hub, width }: { readonly hub?: string | undefined; readonly width: string },
  saeId: string,
): string | null {
  if (hub !== RELEASE || width !== '16k') return null;
  const { family, layer } = parseSaeId(saeId);
  return `${layer}-${SOURCES[family]}`;
}

/** The page of a feature. */
export const neuronpediaPage = (source: string, feature: number): string =>
  `${NEURONPEDIA}/${MODEL_ID}/${source}/${feature}`;

const Explanations = z.array(
  z.object({ index: z.coerce.number().int().min(0), description: z.string() }),
);

/** Longest time that one answer may take, in milliseconds: an SAE's explanations are some megabytes. */
const PATIENCE = 120_000;

/**
 * Fetch the explanations that others have given of an SAE's features; of several of one feature the first.
 * @param endpoint the service, `NEURONPEDIA` but in tests
 * @throws one line with the address, and what it answered
 */
export async function fetchExplanations(
  source: string,
  endpoint: string,
): Promise<Map<number, string>> {
  const url = `${endpoint}/api/explanation/export?modelId=${MODEL_ID}&saeId=${source}`;
  const fail = (reason: string): never => {
    throw new Error(`${url}: ${reason}: try again later, or go on without explanations`);
  };
  const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE) }).catch(
    (error: Error) => fail((error.cause as Error | undefined)?.message ?? error.message),
  );
  if (!response.ok) fail(`${response.status} ${response.statusText}`);
  const text = await response.text().catch((error: Error) => fail(error.message));
  const parsed = Explanations.safeParse(parseJson(text, fail));
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    return fail(`${path.join('.')}: ${message}`);
  }
  const found = new Map<number, string>();
  for (const { index, description } of parsed.data)
    if (!found.has(index)) found.set(index, description.trim());
  return found;
}

function parseJson(text: string, fail: (reason: string) => never): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return fail('not JSON');
  }
}
