/**
 * The cells of some places, each a feature of an SAE that is active there, at either end of a path: place by place, those
 * of each place in ascending order of the feature.
 */
export interface ActiveCells {
  readonly dSae: number;
  /** [places + 1]: the first cell of each place; the last number is that of all cells. */
  readonly starts: Int32Array;
  /** [cells] */
  readonly features: Int32Array;
  /** [cells]: activations where the path ends. */
  readonly acts: Float32Array;
  /** [cells]: activations where the path starts. */
  readonly startActs: Float32Array;
}

/**
 * @param acts [places, d_sae]
 * @param startActs [places, d_sae]; null where all features start at 0
 */
export function activeCells(
  dSae: number,
  acts: Float32Array,
  startActs: Float32Array | null,
): ActiveCells {
  const nPlaces = acts.length / dSae;
  const starts = new Int32Array(nPlaces + 1);
  // As many as there can be: what is not written takes no memory.
  const features = new Int32Array(acts.length);
  const [ends, begins] = [new Float32Array(acts.length), new Float32Array(acts.length)];
  let n = 0;
  for (let place = 0, i = 0; place < nPlaces; place++) {
    for (let feature = 0; feature < dSae; feature++, i++) {
      const begin = startActs === null ? 0 : startActs[i]!;
      if (acts[i] === 0 && begin === 0) continue;
      features[n] = feature;
      ends[n] = acts[i]!;
      begins[n++] = begin;
    }
    starts[place + 1] = n;
  }
  const [found, atEnd, atStart] = [features.slice(0, n), ends.slice(0, n), begins.slice(0, n)];
  return { dSae, starts, features: found, acts: atEnd, startActs: atStart };
}

export const nPlacesOf = ({ starts }: ActiveCells): number => starts.length - 1;

/** The share of all features at all places that is active. */
export const densityOf = (cells: ActiveCells): number =>
  cells.features.length / (cells.dSae * Math.max(1, nPlacesOf(cells)));

/** [cells]: by how much each activation changes from the path's start to its end. */
export const changesOf = ({ acts, startActs }: ActiveCells): Float32Array =>
  acts.map((act, cell) => act - startActs[cell]!);

export function forEachCell(
  { starts }: ActiveCells,
  visit: (cell: number, place: number) => void,
): void {
  for (let place = 0; place + 1 < starts.length; place++)
    for (let cell = starts[place]!; cell < starts[place + 1]!; cell++) visit(cell, place);
}

/** The place of a cell. */
export function placeOf({ starts }: ActiveCells, cell: number): number {
  let [low, high] = [0, starts.length - 1]; // starts[low] ≤ cell < starts[high]
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= cell) low = middle;
    else high = middle;
  }
  return low;
}
