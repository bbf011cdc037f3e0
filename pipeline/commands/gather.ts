import { join, relative } from 'node:path';
import type { WriteStream } from 'node:tty';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { takeWriteLock } from '../engine/lock.ts';
import { finish, type RunOptions, runStage } from '../engine/run.ts';
import { writeKeptRows } from '../engine/run-shard.ts';
import { stageFolder } from '../engine/shard.ts';
import { resourcesOf } from '../engine/stage.ts';
import { staleness } from '../engine/staleness.ts';
import { checkShards, placeShards, type ShardsIn, type United } from '../engine/unite.ts';
import { shareOf } from '../engine/waves.ts';
import { PROVIDERS } from '../runtime/provider.ts';
import { discard } from '../schema/write-fault.ts';
import type { Stage } from '../stages/define.ts';
import { align } from './align.ts';
import { checkStart } from './check-start.ts';
import { comparePublished } from './compare-published.ts';
import { shardsFolder, WAIT } from './compute-shard.ts';
import { gigabytesOf, MOST_SHARDS, wholeNumber } from './option-values.ts';
import { type CommandContext, type PrepareOptions, prepare } from './prepare.ts';
import type { Run } from './run.ts';
import { runProgram } from './run-program.ts';
import { selectStages, shown, tablesOf } from './run-stages.ts';
import { waitsFor } from './stages-ready.ts';
import { waitUntil } from './wait-until.ts';

export interface GatherOptions extends PrepareOptions {
  /** Names of the stages; all where left out. */
  readonly only?: readonly string[];
  /** Number of shards; as many as there are where left out. */
  readonly shards?: number;
  /** Seconds that shards of other machines are waited for. */
  readonly wait?: number;
}

/**
 * Unite the shards of the stages that can run by now, and run what follows from their tables, as far as no further shards are
 * needed. Every shard is checked before anything is written.
 * @returns the exit status: 0 if all of this was written and every table matches its hash
 * @throws one line with the fault and the remedy
 */
export async function gather(
  studyName: string,
  { shards: of, wait = WAIT, only, ...options }: GatherOptions,
  context: CommandContext,
): Promise<number> {
  const { output, root } = context;
  const run = await prepare(studyName, options, context);
  const stages = selectStages(run.stages, only);
  using _ = takeWriteLock(run.results, { command: 'gather', shown: relative(root, run.results) });
  for (const note of await checkStart(run)) output.write(`${note}\n`);
  const shards = { dir: shardsFolder(root, run.name), of };
  const ready = stages.filter(
    (stage) =>
      shareOf(stage) !== 'gather' && staleness(run, stage) !== null && !waitsFor(run, stage),
  );
  const united = await unite(run, ready, { ...shards, wait, output });
  const divided = ready.filter((stage) => shareOf(stage) === 'divided');
  for (const name of new Set(divided.flatMap(resourcesOf))) await run.resources[name]?.fetch?.();
  const report: string[][] = [];
  for (const stage of stages)
    report.push([stage.name, await outcome(run, stage, united, output), tablesOf(run, stage)]);
  const faults = await finish(run);
  removeUnited(run, shards.dir);
  output.write(`\n${align(report)}\n`);
  for (const fault of faults) output.write(`${fault}: gather again\n`);
  output.write(`tables in ${relative(root, run.results)}\n`);
  if (faults.length > 0) return 1;
  const next = stages.filter((stage) => staleness(run, stage) !== null && !waitsFor(run, stage));
  if (next.length > 0)
    output.write(`next: shards of ${next.map(({ name }) => name).join(', ')}, then gather again\n`);
  for (const line of await comparePublished(
    run.results,
    join(root, 'data/published', run.name),
    root,
  ))
    output.write(`${line}\n`);
  return 0;
}

/** The shards of some stages, by the name of each. */
async function unite(
  run: Run,
  stages: readonly Stage[],
  { wait, output, ...shards }: ShardsIn & { readonly wait: number; readonly output: WriteStream },
): Promise<Map<string, United>> {
  const found = new Map<string, United>();
  for (const stage of stages) {
    const { united } = await waitUntil(() => checkShards(run, stage, shards), wait, output);
    found.set(stage.name, united);
  }
  const { machine } = run.provenance;
  const machines = new Set([...found.values()].flatMap((one) => one.machines));
  machines.add(machine);
  if (machines.size > 1)
    output.write(
      `note: computed on ${[...machines].join('; on ')}: numbers may differ in their last digits from those of one machine\n`,
    );
  return found;
}

/** Run a stage if all that it needs is there. @returns what happened */
async function outcome(
  run: Run,
  stage: Stage,
  allUnited: ReadonlyMap<string, United>,
  output: WriteStream,
): Promise<string> {
  const reason = staleness(run, stage)?.reason;
  if (reason === undefined) return 'up to date';
  const before = waitsFor(run, stage);
  if (before) return `to come, after ${before.name}`;
  const united = allUnited.get(stage.name);
  if (united === undefined && shareOf(stage) !== 'gather') return 'to come, by shards';
  const took = await shown(stage, reason, output, (progress) => {
    if (united) placeShards(run, stage, united);
    return runStage(run, stage, progress, optionsFor(stage, united));
  });
  return `${united ? 'united' : 'written'} in ${took}`;
}

const optionsFor = (stage: Stage, united: United | undefined): RunOptions => ({
  ...(shareOf(stage) === 'one shard' && { work: writeKeptRows(stage) }),
  spent: united?.costs ?? [],
});

/** Remove the shards of stages whose tables are written, also of what an earlier gather has left. */
function removeUnited(run: Run, dir: string): void {
  const written = run.stages.filter((stage) => staleness(run, stage) === null);
  discard(...written.map(({ name }) => stageFolder(dir, name)));
}

const command = (surroundings: CommandContext): Command =>
  new Command('npm run gather --')
    .description('Unite the shards of a study, and write its tables under data/results/STUDY.')
    .argument('<study>', 'a file of data/studies, without .yaml')
    .option(
      '--shards <n>',
      'number of shards; as many as there are if left out',
      wholeNumber('--shards', 1, MOST_SHARDS),
    )
    .option(
      '--wait <seconds>',
      `how long shards that a shared folder may not show yet are waited for (${WAIT})`,
      wholeNumber('--wait', 0),
    )
    .option('--only <stages...>', 'unite or run only these stages, such as 3-entropy')
    .option('--provider <name>', `where models run: ${PROVIDERS.join(', ')}`)
    .option('--model <path>', 'as for compute')
    .option('--saes <dir>', 'as for compute')
    .option('--memory <GB>', 'as for compute', gigabytesOf)
    .action(async (study: string, options: GatherOptions) => {
      process.exitCode = await gather(study, options, surroundings);
    });

if (import.meta.main) {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  await runProgram(command({ root, env: process.env, output: process.stdout }));
}
