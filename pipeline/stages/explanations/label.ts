import type { TokenLogit } from '../../interp/feature-logits.ts';
import type { RuleName } from '../../schema/explanations.ts';
import type { Described } from './described.ts';
import { type Acts, meansOf } from './rules.ts';

/** Places and raised tokens that a label names. */
const NAMED = { places: 4, raised: 3 };

/** A place with less of all activation is not named, however high its mean. */
const LEAST_SHARE = 0.05;

/**
 * A feature's label: the descriptors with the highest mean activation, among those that have a part of it worth naming, and the tokens
 * that it promotes most: `on " Seoul", " Paris"; raises "\n"`.
 * @param rule null for a feature that is never active in the training topics
 */
export function labelOf(
  rule: RuleName | null,
  described: Described,
  acts: Acts,
  { promoted, token }: Promoted,
): string {
  const raised = promoted
    .slice(0, NAMED.raised)
    .map(({ tokenId }) => JSON.stringify(token(tokenId)));
  const where =
    rule === null
      ? 'never active in the training topics'
      : `on ${namedPlaces(rule, described, acts).join(', ')}`;
  return `${where}; raises ${raised.join(', ')}`;
}

export interface Promoted {
  readonly promoted: readonly TokenLogit[];
  /** The text of a token. */
  readonly token: (id: number) => string;
}

function namedPlaces(rule: RuleName, described: Described, acts: Acts): string[] {
  const { means, sums } = meansOf(rule, described, acts, described.training);
  const total = sums.reduce((a, b) => a + b, 0);
  const found = [...means.keys()].filter((i) => sums[i]! > 0);
  const large = found.filter((i) => sums[i]! >= LEAST_SHARE * total);
  return (large.length === 0 ? found : large)
    .sort((a, b) => means[b]! - means[a]! || sums[b]! - sums[a]!)
    .slice(0, NAMED.places)
    .map((i) => described.descriptors[rule].words[i]!);
}
