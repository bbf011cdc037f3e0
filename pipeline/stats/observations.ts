/** Observations, with the value and the cluster of each. */
export interface Observations<T> {
  readonly rows: readonly T[];
  readonly value: (row: T) => number;
  readonly cluster: (row: T) => unknown;
  /** The least and the greatest value that there can be, which an interval of the mean does not leave. */
  readonly range?: readonly [low: number, high: number];
}

/** [cluster]: the observations of each cluster. */
export type Clusters = readonly (readonly number[])[];

/** The observed values by cluster. */
export const clustersOf = <T>({ rows, value, cluster }: Observations<T>): number[][] =>
  [...Map.groupBy(rows, cluster).values()].map((group) => group.map(value));
