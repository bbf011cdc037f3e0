/**
 * Divide a stage's work among the machines that compute it. On one machine, and where shards are united, this does nothing: the
 * stage goes on, and does each unit as it comes to it, or finds it kept. A shard does its own units here, and goes no further.
 *
 * What is above the call is done by every shard, what is below it where shards are united. Units are the same for any number of shards,
 * and each is computed from the same batches: else sums would be taken in another order, and tables would differ.
 * @param work keeps (`keep`, `keepMany`) the units that it is given, under names of their own
 */
export type Divide = <U>(
  units: readonly U[],
  work: (own: readonly U[]) => Promise<unknown>,
) => Promise<void>;
