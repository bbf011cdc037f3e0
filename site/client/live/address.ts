import type { Asked } from './messages.ts';

/** What a reader may choose among. */
export interface Offered {
  /** The choice with which the page was built. */
  readonly first: Asked;
  readonly topics: readonly string[];
  /** Those that set the length; `plain` for none. */
  readonly words: readonly string[];
  readonly features: readonly number[];
}

/** Before each name in an address, where others have theirs. */
export const PREFIX = 'try.';

/** The choice in an address; what it lacks, or what is no choice, is the first. */
export function fromAddress(search: string, { first, topics, words, features }: Offered): Asked {
  const given = new URLSearchParams(search);
  const get = (name: string) => given.get(`${PREFIX}${name}`);
  const number = (name: 'temperature' | 'seed' | 'steering') => {
    const value = Number(get(name) ?? Number.NaN);
    return Number.isFinite(value) ? value : first[name];
  };
  return {
    topic: knownTopic(get('topic') ?? '', topics) ?? first.topic,
    word: words.find((word) => word === get('word')) ?? first.word,
    temperature: number('temperature'),
    seed: number('seed'),
    where: get('where') === 'prompt' ? 'prompt' : 'word',
    factors: Object.fromEntries(
      features.flatMap((feature) => {
        const value = Number(get(`f${feature}`) ?? first.factors[feature] ?? 1);
        return value === 1 || !(value >= -1 && value <= 2) ? [] : [[feature, value]];
      }),
    ),
    random: get('random') === '1',
    steering: number('steering'),
  };
}

/** What a choice adds to an address, beside what others have there: only what differs from the first choice. */
export function toAddress(
  asked: Asked,
  search: string,
  { first, features }: Pick<Offered, 'first' | 'features'>,
): string {
  const address = new URLSearchParams(search);
  for (const name of [...address.keys()]) if (name.startsWith(PREFIX)) address.delete(name);
  const set = (name: string, value: string | number) => address.set(`${PREFIX}${name}`, `${value}`);
  for (const name of ['topic', 'word', 'temperature', 'seed', 'where', 'steering'] as const)
    if (asked[name] !== first[name]) set(name, asked[name]);
  for (const feature of features) {
    const [now, before] = [asked.factors[feature] ?? 1, first.factors[feature] ?? 1];
    if (now !== before) set(`f${feature}`, now);
  }
  if (asked.random) set('random', 1);
  return String(address);
}

/** The topic that a reader typed; null where the model does not know it. */
export function knownTopic(typed: string, topics: readonly string[]): string | null {
  const wanted = typed.trim().toLowerCase();
  return topics.find((topic) => topic.toLowerCase() === wanted) ?? null;
}
