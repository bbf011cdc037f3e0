import type { Place } from '../../schema/feature-places.ts';

/** What has been seen of one feature. */
export interface Sighting {
  readonly saeId: string;
  readonly feature: number;
  /** Activations where it is active. */
  readonly active: number[];
  /** At the tokens of each place where it is active: how many, and the sum of its activations. */
  readonly places: Map<Place, { n: number; sum: number }>;
  /** Where it is most active, the first the most: one context a list, each of its own text. */
  contexts: Context[];
}

export interface Context {
  readonly sampleId: string;
  readonly peakPos: number;
  readonly peak: number;
  /** Ids of the tokens shown up to the peak. */
  readonly text: string;
  readonly firstPos: number;
  readonly activations: readonly number[];
}

export interface ContextOptions {
  /** Lists kept. */
  readonly contexts: number;
  /** Tokens kept before and after the greatest activation. */
  readonly before: number;
  readonly after: number;
  /** Positions at the start of a list that count nowhere: nothing is active there. */
  readonly uncounted: number;
}

export const startSighting = (saeId: string, feature: number): Sighting => ({
  saeId,
  feature,
  active: [],
  places: new Map(),
  contexts: [],
});

/** One list. */
export interface Seen {
  readonly sampleId: string;
  readonly ids: readonly number[];
  readonly places: readonly Place[];
}

/**
 * See the features of one SAE in one list.
 * @param acts [length · features], by position
 */
export function observe(
  sightings: readonly Sighting[],
  { sampleId, ids, places }: Seen,
  acts: Float32Array,
  options: ContextOptions,
): void {
  const n = sightings.length;
  const peaks = new Uint32Array(n); // positions
  for (let pos = options.uncounted; pos < places.length; pos++)
    for (let f = 0; f < n; f++) {
      const act = acts[pos * n + f]!;
      if (act === 0) continue;
      count(sightings[f]!, places[pos]!, act);
      if (act > acts[peaks[f]! * n + f]!) peaks[f] = pos;
    }
  sightings.forEach((sighting, f) => {
    const peakPos = peaks[f]!;
    const peak = acts[peakPos * n + f]!;
    if (peak <= (sighting.contexts[options.contexts - 1]?.peak ?? 0)) return;
    const around = window(acts.length / n, peakPos, options);
    const activations = Array.from(
      { length: around.end - around.firstPos },
      (_, i) => acts[(around.firstPos + i) * n + f]!,
    );
    const text = ids.slice(around.firstPos, peakPos + 1).join();
    const { firstPos } = around;
    keep(sighting, { sampleId, peakPos, peak, text, firstPos, activations }, options);
  });
}

function count({ active, places }: Sighting, place: Place, act: number): void {
  active.push(act);
  const at = places.get(place) ?? { n: 0, sum: 0 };
  places.set(place, at);
  at.n += 1;
  at.sum += act;
}

/** Of equal peaks the list seen first stays before; of contexts of one text the most active. */
function keep(sighting: Sighting, context: Context, { contexts }: ContextOptions): void {
  const same = sighting.contexts.find(({ text }) => text === context.text);
  if (same && same.peak >= context.peak) return;
  const others = sighting.contexts.filter((other) => other !== same);
  sighting.contexts = [...others, context].sort((a, b) => b.peak - a.peak).slice(0, contexts);
}

/** The tokens about a peak: [firstPos, end). */
function window(
  length: number,
  peakPos: number,
  { before, after, uncounted }: ContextOptions,
): { readonly firstPos: number; readonly end: number } {
  return {
    firstPos: Math.max(uncounted, peakPos - before),
    end: Math.min(length, peakPos + after + 1),
  };
}
