/** What a layer attends to: everything before a token, or a window of it. */
export const ATTENTION_KINDS = ['global', 'sliding'] as const;
export type AttentionKind = (typeof ATTENTION_KINDS)[number];

/** One of something for each kind of layer that a model has. */
export type ByKind<T> = Readonly<Partial<Record<AttentionKind, T>>>;

/** Make something else of each, global layers first. */
export function mapKinds<A, B>(from: ByKind<A>, make: (each: A) => B): ByKind<B> {
  const made: Partial<Record<AttentionKind, B>> = {};
  for (const kind of ATTENTION_KINDS) {
    const each = from[kind];
    if (each !== undefined) made[kind] = make(each);
  }
  return made;
}

/** @throws `no attention bias for sliding layers: …` where a kind of layer is left out */
export function ofKind<T>(values: ByKind<T>, kind: AttentionKind, what: string): T {
  const value = values[kind];
  if (value === undefined)
    throw new Error(`no ${what} for ${kind} layers: give one for each kind that the model has`);
  return value;
}
