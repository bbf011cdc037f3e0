import type { LiveArray } from '../schema/live.ts';
import type { OwnFeatures } from '../schema/live-features.ts';
import { bytesOf } from './live-lists.ts';
import type { SwitchedFeature } from './switched-model.ts';

/** The features that are to be switched, in the order of their ids. @throws where one is not among those of the file */
export const switchedFeatures = (
  { features }: OwnFeatures,
  ids: readonly string[],
): SwitchedFeature[] =>
  ids.map((id) => {
    const found = features.find((feature) => feature.id === id);
    if (found === undefined) throw new Error(`no feature ${id}: reload the page`);
    const { bias, threshold, encoder, decoder } = found;
    return { bias, threshold, encoder: floatsOf(encoder), decoder: floatsOf(decoder) };
  });

const floatsOf = (array: LiveArray): Float32Array => new Float32Array(bytesOf(array).buffer);
