/** The largest of the numbers that are offered, if they are above 0: of equal ones those that were offered first. */
export class Largest {
  readonly #k: number;
  readonly #values: number[] = [];
  readonly #ids: number[] = [];

  /** @param k the most that are kept */
  constructor(k: number) {
    this.#k = k;
  }

  offer(value: number, id: number): void {
    const values = this.#values;
    const full = values.length === this.#k;
    if (!(value > (full ? (values.at(-1) ?? Number.POSITIVE_INFINITY) : 0))) return;
    if (full) {
      values.pop();
      this.#ids.pop();
    }
    const at = this.#placeOf(value);
    values.splice(at, 0, value);
    this.#ids.splice(at, 0, id);
  }

  /** In descending order of their numbers. */
  get ids(): readonly number[] {
    return this.#ids;
  }

  /** The first place whose number is smaller. */
  #placeOf(value: number): number {
    let [low, high] = [0, this.#values.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#values[middle]! < value) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
