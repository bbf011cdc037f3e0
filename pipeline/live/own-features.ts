import type { LiveArray } from '../schema/live.ts';
import type { OwnFeatures } from '../schema/live-features.ts';
import { bytesOf } from './live-lists.ts';
import type { SwitchedFeature } from './switched-model.ts';

/** Features that are ready to be switched, with their ids. */
export interface ReadyFeatures {
  readonly ids: readonly string[];
  readonly features: readonly SwitchedFeature[];
}

export const readyFeatures = ({ features }: OwnFeatures): ReadyFeatures => ({
  ids: features.map(({ id }) => id),
  features: features.map(({ bias, threshold, encoder, decoder }) => ({
    bias,
    threshold,
    encoder: floatsOf(encoder),
    decoder: floatsOf(decoder),
  })),
});

/** [feature]: 0 for those that are off, else 1. @throws where one of these is not there */
export function factorsOf({ ids }: ReadyFeatures, off: readonly string[]): number[] {
  const unknown = off.find((id) => !ids.includes(id));
  if (unknown !== undefined) throw new Error(`no feature ${unknown}: reload the page`);
  return ids.map((id) => (off.includes(id) ? 0 : 1));
}

const floatsOf = (array: LiveArray): Float32Array => new Float32Array(bytesOf(array).buffer);
