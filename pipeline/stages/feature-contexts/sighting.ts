import type { Place } from './place.ts';

/** What has been seen of one feature. */
export interface Sighting {
  readonly saeId: string;
  readonly feature: number;
  /** Activations where it is active. */
  readonly active: number[];
  /** At the tokens of each place where it is active: how many, and the sum of its activations. */
  readonly places: Map<Place, { n: number; sum: number }>;
  /** Its most active lists, the first the most. */
  contexts: Context[];
}

export interface Context {
  readonly sampleId: string;
  readonly peakPos: number;
  readonly peak: number;
  readonly firstPos: number;
  readonly activations: readonly number[];
}

export interface ContextOptions {
  /** Lists kept. */
  readonly contexts: number;
  /** Tokens kept before and after the greatest activation. */
  readonly before: number;
  readonly after: number;
}

export const startSighting = (saeId: string, feature: number): Sighting => ({
  saeId,
  feature,
  active: [],
  places: new Map(),
  contexts: [],
});

/**
 * See the features of one SAE in one list.
 * @param acts [length · features], by position
 */
export function observe(
  sightings: readonly Sighting[],
  sampleId: string,
  places: readonly Place[],
  acts: Float32Array,
  options: ContextOptions,
): void {
  const n = sightings.length;
  sightings.forEach((sighting, f) => {
    let peakPos = 0;
    for (let pos = 1; pos < places.length; pos++) {
      const act = acts[pos * n + f]!;
      if (act === 0) continue;
      sighting.active.push(act);
      count(sighting, places[pos]!, act);
      if (act > acts[peakPos * n + f]!) peakPos = pos;
    }
    const peak = acts[peakPos * n + f]!;
    if (peak > (sighting.contexts[options.contexts - 1]?.peak ?? 0))
      keep(sighting, { sampleId, peakPos, peak, ...window(acts, n, f, peakPos, options) }, options);
  });
}

function count({ places }: Sighting, place: Place, act: number): void {
  const at = places.get(place) ?? { n: 0, sum: 0 };
  places.set(place, at);
  at.n += 1;
  at.sum += act;
}

/** Of equal peaks the list seen first stays before. */
function keep(sighting: Sighting, context: Context, { contexts }: ContextOptions): void {
  sighting.contexts = [...sighting.contexts, context]
    .sort((a, b) => b.peak - a.peak)
    .slice(0, contexts);
}

function window(
  acts: Float32Array,
  n: number,
  f: number,
  peakPos: number,
  { before, after }: ContextOptions,
): Pick<Context, 'firstPos' | 'activations'> {
  const firstPos = Math.max(1, peakPos - before);
  const end = Math.min(acts.length / n, peakPos + after + 1);
  const activations = Array.from(
    { length: end - firstPos },
    (_, i) => acts[(firstPos + i) * n + f]!,
  );
  return { firstPos, activations };
}
