import type { Stage } from './stage.ts';

/** Where a stage is computed when a study is computed by shards. */
export type Share = 'divided' | 'one shard' | 'gather';

type AnyStage = Pick<
  Stage<never, never, never>,
  'name' | 'reads' | 'writes' | 'divided' | 'graphs'
>;

/** A stage that runs a model is worth a machine: those that divide their work have many. The rest is done where shards are united. */
export const shareOf = ({ divided, graphs }: AnyStage): Share =>
  divided !== undefined ? 'divided' : graphs !== undefined ? 'one shard' : 'gather';

/**
 * The wave of each stage, by its name, from 1: shards of one wave are computed beside each other, and united before the next one,
 * which reads their tables. A stage that shards compute is one wave after the last one that it reads tables of; others follow in the
 * gather of that wave.
 */
export function wavesOf(stages: readonly AnyStage[]): ReadonlyMap<string, number> {
  const waves = new Map<string, number>();
  for (const stage of stages) {
    const before = stages
      .filter(({ writes }) => writes.some((table) => stage.reads.includes(table)))
      .map(({ name }) => waves.get(name) ?? 0);
    const last = Math.max(0, ...before);
    waves.set(stage.name, shareOf(stage) === 'gather' ? Math.max(1, last) : last + 1);
  }
  return waves;
}

/** The number of the shard that computes a stage whose work is not divided: stages of a wave go to different ones, from the last on. */
export function ownerOf(stages: readonly AnyStage[], { name }: AnyStage, of: number): number {
  const waves = wavesOf(stages);
  const beside = stages.filter(
    (stage) => shareOf(stage) === 'one shard' && waves.get(stage.name) === waves.get(name),
  );
  return of - (beside.findIndex((stage) => stage.name === name) % of);
}
