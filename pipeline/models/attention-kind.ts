/** What the tokens of a layer attend to: all earlier tokens, or a sliding window of them. */
export const ATTENTION_KINDS = ['global', 'sliding'] as const;
export type AttentionKind = (typeof ATTENTION_KINDS)[number];

/** A value for each kind of layer that a model has. */
export type ByAttentionKind<T> = Readonly<Partial<Record<AttentionKind, T>>>;

/** Map the value of each kind, that of global layers first. */
export function mapKinds<A, B>(
  values: ByAttentionKind<A>,
  map: (value: A) => B,
): ByAttentionKind<B> {
  const mapped: Partial<Record<AttentionKind, B>> = {};
  for (const kind of ATTENTION_KINDS) {
    const value = values[kind];
    if (value !== undefined) mapped[kind] = map(value);
  }
  return mapped;
}

/** The values of those kinds that some layer has. */
export function forKinds<T>(
  layers: readonly AttentionKind[],
  values: Readonly<Record<AttentionKind, T>>,
): ByAttentionKind<T> {
  const present = ATTENTION_KINDS.filter((kind) => layers.includes(kind));
  return Object.fromEntries(present.map((kind) => [kind, values[kind]])) as ByAttentionKind<T>;
}

/**
 * The value of one kind of layer.
 * @param what the values are, for the error message
 * @throws `no attention bias for sliding layers: …`
 */
export function valueOfKind<T>(values: ByAttentionKind<T>, kind: AttentionKind, what: string): T {
  const value = values[kind];
  if (value === undefined)
    throw new Error(`no ${what} for ${kind} layers: give one for each kind that the model has`);
  return value;
}
