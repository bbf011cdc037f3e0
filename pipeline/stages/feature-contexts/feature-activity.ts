import type { Place } from '../../schema/feature-places.ts';

/** Where and how strongly one feature is active in the lists added so far. */
export interface FeatureActivity {
  readonly saeId: string;
  readonly feature: number;
  /** Every activation other than 0. */
  readonly nonzero: Floats;
  /** Number and sum of those activations, by the place of their token. */
  readonly byPlace: Map<Place, { n: number; sum: number }>;
  /** The contexts with the highest peaks, highest first: at most one per list, no two of the same text. */
  contexts: FeatureContext[];
}

/** The tokens around a feature's peak activation in one list. */
export interface FeatureContext {
  readonly sampleId: string;
  readonly peakPos: number;
  /** Activation at `peakPos`. */
  readonly peak: number;
  /** Token ids from `firstPos` to the peak, joined by commas. */
  readonly text: string;
  readonly firstPos: number;
  /** [token], from `firstPos` on */
  readonly activations: readonly number[];
}

/** Numbers that come one after the other, as float32. */
export interface Floats {
  push(value: number): void;
  values(): Float32Array;
}

function startFloats(): Floats {
  let [data, length] = [new Float32Array(16), 0];
  return {
    push(value) {
      if (length === data.length) {
        const larger = new Float32Array(2 * length);
        larger.set(data);
        data = larger;
      }
      data[length++] = value;
    },
    values: () => data.subarray(0, length),
  };
}

export interface ContextOptions {
  /** Contexts kept for each feature. */
  readonly contexts: number;
  /** Tokens shown before and after the peak. */
  readonly before: number;
  readonly after: number;
  /** Leading positions of a list to leave out. */
  readonly uncounted: number;
}

/** One list, with the place of every token. */
export interface PlacedList {
  readonly sampleId: string;
  readonly ids: readonly number[];
  readonly places: readonly Place[];
}

export const startActivity = (saeId: string, feature: number): FeatureActivity => ({
  saeId,
  feature,
  nonzero: startFloats(),
  byPlace: new Map(),
  contexts: [],
});

/**
 * Add one list's activations to the features of one SAE.
 * @param acts [position, feature], row-major, the features in the order of `activities`
 */
export function addList(
  activities: readonly FeatureActivity[],
  list: PlacedList,
  acts: Float32Array,
  options: ContextOptions,
): void {
  const n = activities.length;
  const peaks = new Uint32Array(n); // positions
  for (let pos = options.uncounted; pos < list.places.length; pos++)
    for (let f = 0; f < n; f++) {
      const act = acts[pos * n + f]!;
      if (act === 0) continue;
      addActivation(activities[f]!, list.places[pos]!, act);
      if (act > acts[peaks[f]! * n + f]!) peaks[f] = pos;
    }
  activities.forEach((activity, f) => {
    const actAt = (pos: number) => acts[pos * n + f]!;
    if (!isKept(activity, actAt(peaks[f]!), options)) return;
    addContext(activity, contextOf(list, actAt, peaks[f]!, options), options.contexts);
  });
}

function addActivation({ nonzero, byPlace }: FeatureActivity, place: Place, act: number): void {
  nonzero.push(act);
  const total = byPlace.get(place) ?? { n: 0, sum: 0 };
  byPlace.set(place, total);
  total.n += 1;
  total.sum += act;
}

/** Whether a peak is higher than the lowest of the kept contexts. */
const isKept = ({ contexts }: FeatureActivity, peak: number, options: ContextOptions): boolean =>
  peak > (contexts[options.contexts - 1]?.peak ?? 0);

/** @param actAt the feature's activation by position */
function contextOf(
  { sampleId, ids, places }: PlacedList,
  actAt: (pos: number) => number,
  peakPos: number,
  { before, after, uncounted }: ContextOptions,
): FeatureContext {
  const firstPos = Math.max(uncounted, peakPos - before);
  const end = Math.min(places.length, peakPos + after + 1);
  const activations = Array.from({ length: end - firstPos }, (_, i) => actAt(firstPos + i));
  const text = ids.slice(firstPos, peakPos + 1).join();
  return { sampleId, peakPos, peak: actAt(peakPos), text, firstPos, activations };
}

/**
 * Keep the contexts with the highest peaks. Of contexts with the same text, the one with the higher peak is kept; of
 * equal peaks, the earlier.
 */
function addContext(activity: FeatureActivity, context: FeatureContext, most: number): void {
  const same = activity.contexts.find(({ text }) => text === context.text);
  if (same && same.peak >= context.peak) return;
  const others = activity.contexts.filter((other) => other !== same);
  activity.contexts = [...others, context].sort((a, b) => b.peak - a.peak).slice(0, most);
}
