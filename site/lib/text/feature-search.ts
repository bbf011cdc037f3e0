import { fold } from './search-words.ts';

/** A feature, as far as a search goes. */
export interface FoundFeature {
  readonly feature_id: string;
  readonly promotes: string;
  /** Its label by rule; empty where it has none. */
  readonly label: string;
  readonly explanation: string;
  /** Whether it has a card of its own. */
  readonly card: boolean;
  readonly place: string;
}

/** Features with every word in their name, label, explanation, tokens or place; a name that is or begins with a word first. */
export function findFeatures<F extends FoundFeature>(
  features: readonly F[],
  words: readonly string[],
): F[] {
  if (words.length === 0) return [];
  const rank = ({ feature_id: id, label, explanation }: F) => {
    const named = words.some((word) => id === word)
      ? 3
      : words.some((word) => id.startsWith(word))
        ? 2
        : 0;
    return named || (words.some((word) => fold(`${label} ${explanation}`).includes(word)) ? 1 : 0);
  };
  return features
    .filter(({ feature_id, label, explanation, promotes, place }) => {
      const text = fold(`${feature_id} ${label} ${explanation} ${promotes} ${place}`);
      return words.every((word) => text.includes(word));
    })
    .sort((a, b) => rank(b) - rank(a));
}
