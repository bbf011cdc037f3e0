import type { FeatureCard } from './feature-cards.ts';
import type { Study } from './studies.ts';

/** A path of this site, wherever it is published. */
export const link = (path: string): string =>
  `${import.meta.env.BASE_URL.replace(/\/$/, '')}/${path}`;

export const reportLink = ({ prefix }: Study): string => link(prefix);
export const samplesLink = ({ prefix }: Study): string => link(`${prefix}samples/`);
export const featuresLink = ({ prefix }: Study): string => link(`${prefix}features/`);
export const featureLink = (study: Study, id: string): string =>
  `${featuresLink(study)}${id === '' ? '' : `${id}/`}`;
export const attributionLink = ({ prefix }: Study): string => link(`${prefix}attribution/`);
export const dataLink = ({ prefix }: Study): string => link(`${prefix}data/`);

/** Files that pages load or offer, by study whatever the pages' own paths are. */
export const fileLink = ({ name }: Study, file: string): string => link(`data/${name}/${file}`);

/** What Neuronpedia calls the families of Gemma Scope that it has. */
const NEURONPEDIA: Readonly<Record<string, string>> = {
  res: 'gemmascope-res-16k',
  att: 'gemmascope-att-16k',
  mlp: 'gemmascope-mlp-16k',
  tc: 'gemmascope-transcoder-16k',
};

/** The page of a Gemma Scope feature on Neuronpedia; null for other SAEs. */
export function neuronpediaLink(
  { manifest }: Study,
  { saeId, feature }: Pick<FeatureCard, 'saeId' | 'feature'>,
): string | null {
  const release = Object.values(manifest.files).find(({ table }) => table === 'features')?.metadata;
  if (release?.sae_release !== 'google/gemma-scope-2b-pt') return null;
  const [family, layer] = saeId.split('_') as [string, string];
  return `https://www.neuronpedia.org/gemma-2-2b/${layer}-${NEURONPEDIA[family]}/${feature}`;
}
