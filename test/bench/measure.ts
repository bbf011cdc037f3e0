/** Seconds of every round, by what was run. */
export type Seconds<Name extends string> = Readonly<Record<Name, readonly number[]>>;

/** One row of the printed table. */
export interface Measurement {
  readonly name: string;
  /** As printed, with its unit. */
  readonly value: string;
  readonly ratio?: number;
  readonly target?: string;
  readonly note?: string;
}

export type Log = (line: string) => void;

/**
 * Run several things in turn, over and over, so that noise hits all alike. The first round warms up and is
 * not counted.
 */
export async function interleaved<Name extends string>(
  runs: Readonly<Record<Name, () => Promise<unknown>>>,
  { rounds, log }: { rounds: number; log: Log },
): Promise<Seconds<Name>> {
  const names = Object.keys(runs) as Name[];
  const seconds = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
    Name,
    number[]
  >;
  for (let round = 0; round <= rounds; round++) {
    const took: string[] = [];
    for (const name of names) {
      const start = performance.now();
      await runs[name]();
      const s = (performance.now() - start) / 1000;
      if (round > 0) seconds[name].push(s);
      took.push(`${name} ${s.toFixed(2)} s`);
    }
    log(`  ${round === 0 ? 'warm-up' : `round ${round} of ${rounds}`}: ${took.join(', ')}`);
  }
  return seconds;
}

export function median(xs: readonly number[]): number {
  const sorted = xs.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
}

/** The median of the rounds' own ratios: a slow round slows both. */
export const medianRatio = (over: readonly number[], under: readonly number[]): number =>
  median(over.map((x, round) => x / under[round]!));
