import { parseSaeId } from '../sae/sae.ts';
import type { Family } from '../schema/sae-families.ts';

/** The service that hosts dashboards and explanations of Gemma Scope's features. */
const NEURONPEDIA = 'https://www.neuronpedia.org';

/** The names of Gemma Scope for the 2B base model, on the hub and on Neuronpedia. */
const RELEASE = 'google/gemma-scope-2b-pt';
export const MODEL_ID = 'gemma-2-2b';
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
