import type { Manifest } from '../../../pipeline/schema/manifest.ts';

/**
 * The studies of real models in the order of the site, with what a reader calls their models. The model that the
 * exploration is about comes first, where it was ever run; then those that ran on two cores. A study that is not listed
 * comes after them, by name; the miniature, which is no evidence about any of them, last.
 */
const KNOWN: Readonly<Record<string, string>> = {
  'gemma-2-2b-it': 'Gemma 2 2B IT',
  'smollm2-135m-instruct': 'SmolLM2 135M Instruct',
  'smollm2-135m-instruct-numbered': 'SmolLM2 135M Instruct (numbered lists)',
  'gemma-3-270m': 'Gemma 3 270M',
};

/** Whether a study is of the very model that the exploration is about: it alone decides claims about that model. */
export const isGemma2 = ({ kind, study }: Pick<Manifest, 'kind' | 'study'>): boolean =>
  kind === 'run' && study === 'gemma-2-2b-it';

/** What a reader calls a study's model; that of the miniature, and of a study that is not listed, by the study's name. */
export function modelLabel({ study, model_kind }: Pick<Manifest, 'study' | 'model_kind'>): string {
  const name = KNOWN[study] ?? study;
  return model_kind === 'base' ? `${name} (base model)` : name;
}

/** The same in a sentence. */
export const modelName = ({
  study,
  kind,
  model,
}: Pick<Manifest, 'study' | 'kind' | 'model'>): string =>
  kind === 'miniature' ? 'the miniature' : (KNOWN[study] ?? model);

/** A study's place among those of real models: listed ones first. */
export function placeOf(study: string): number {
  const place = Object.keys(KNOWN).indexOf(study);
  return place < 0 ? Object.keys(KNOWN).length : place;
}
