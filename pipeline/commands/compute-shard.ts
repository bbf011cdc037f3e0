import { join } from 'node:path';
import type { WriteStream } from 'node:tty';
import { runShard, type ShardOutcome } from '../engine/run-shard.ts';
import type { Shard } from '../engine/shard.ts';
import { resourcesOf } from '../engine/stage.ts';
import { staleness } from '../engine/staleness.ts';
import { shareOf } from '../engine/waves.ts';
import type { Stage } from '../stages/define.ts';
import { align } from './align.ts';
import { checkStart } from './check-start.ts';
import { type CommandContext, type PrepareOptions, prepare } from './prepare.ts';
import type { Run } from './run.ts';
import { selectStages, shown } from './run-stages.ts';
import { waitsFor } from './stages-ready.ts';
import { waitUntil } from './wait-until.ts';

export interface ShardOptions extends PrepareOptions {
  /** Number of shards. */
  readonly shards: number;
  /** From 1. */
  readonly shard: number;
  /** Names of the stages, of which those are computed that can run by now; all where left out. */
  readonly only?: readonly string[];
  /** Seconds that tables of another machine are waited for. */
  readonly wait?: number;
}

/** Folder of a study's shards. */
export const shardsFolder = (root: string, study: string): string =>
  join(root, 'data/shards', study);

/** How long a shared folder is waited for, in seconds, where nothing else is said. */
export const WAIT = 60;

/**
 * Compute one shard of every stage that shards compute and that can run by now. No table is written.
 * @returns the exit status
 * @throws one line with the fault and the remedy
 */
export async function computeShard(
  studyName: string,
  options: ShardOptions,
  context: CommandContext,
): Promise<number> {
  const { output, root } = context;
  const { shard: number, shards: of, only, wait = WAIT } = options;
  if (number > of) throw new Error(`--shard ${number}: there are ${of}: name one from 1 to ${of}`);
  const run = await prepare(studyName, options, context);
  const stages = selectStages(run.stages, only).filter((stage) => shareOf(stage) !== 'gather');
  if (stages.length === 0)
    throw new Error(`--shards: ${only?.join(', ') ?? studyName} runs no model: leave it out`);
  for (const note of await checkStart(run)) output.write(`${note}\n`);
  const { able } = await waitUntil<{ able: Stage[] }>(
    async () => ableOf(run, stages),
    wait,
    output,
  );
  for (const name of new Set(able.flatMap(resourcesOf))) await run.resources[name]?.fetch?.();
  const shard = { number, of, dir: shardsFolder(root, run.name) };
  const report: string[][] = [];
  for (const stage of stages) report.push([stage.name, await outcome(run, stage, shard, output)]);
  output.write(`\n${align(report)}\n`);
  return 0;
}

/** The stages that can run by now: none where all are up to date; else at least one, or what has to be done before. */
function ableOf(run: Run, stages: readonly Stage[]): { problem: string } | { able: Stage[] } {
  const stale = stages.filter((stage) => staleness(run, stage) !== null);
  const able = stale.filter((stage) => !waitsFor(run, stage));
  const [first] = stale;
  if (first === undefined || able.length > 0) return { able };
  return {
    problem: `${first.name} reads what ${waitsFor(run, first)!.name} writes, which is not up to date: run "npm run gather -- ${run.name}"`,
  };
}

async function outcome(run: Run, stage: Stage, shard: Shard, output: WriteStream): Promise<string> {
  const reason = staleness(run, stage)?.reason;
  if (reason === undefined) return 'up to date';
  const before = waitsFor(run, stage);
  if (before) return `to come, after ${before.name} is gathered`;
  const found: ShardOutcome[] = [];
  const took = await shown(stage, reason, output, async (progress) => {
    found.push(await runShard(run, stage, shard, progress));
  });
  const [{ own, units, wasDone }] = found as [ShardOutcome];
  const done = `${own.length} of ${units} ${units === 1 ? 'unit' : 'units'}`;
  return wasDone ? `${done}, as before` : `${done} in ${took}`;
}
