import { spawnSync } from 'node:child_process';
import { join, relative } from 'node:path';
import type { WriteStream } from 'node:tty';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { isShardDone } from '../engine/run-shard.ts';
import { resourcesOf } from '../engine/stage.ts';
import { staleness } from '../engine/staleness.ts';
import { shareOf, wavesOf } from '../engine/waves.ts';
import { PROVIDERS } from '../runtime/provider.ts';
import { makeFolder } from '../schema/make-folder.ts';
import { writeText } from '../schema/write-text.ts';
import type { Stage } from '../stages/define.ts';
import { checkStart } from './check-start.ts';
import { shardsFolder } from './compute-shard.ts';
import {
  arrayScript,
  gatherScript,
  type JobResources,
  type JobSetting,
  trainScript,
} from './job-scripts.ts';
import { gigabytesOf, MOST_SHARDS, wholeNumber } from './option-values.ts';
import { type CommandContext, type PrepareOptions, prepare } from './prepare.ts';
import type { Run } from './run.ts';
import { runProgram } from './run-program.ts';
import { selectStages } from './run-stages.ts';
import { waitsFor } from './stages-ready.ts';

export interface SubmitOptions extends PrepareOptions, JobResources {
  readonly shards: number;
  /** Names of the stages; all where left out. */
  readonly only?: readonly string[];
}

/**
 * Write the jobs that compute a study's shards, wave after wave, and hand them to Slurm. What all nodes need is fetched here, as
 * they may have no network; what is up to date, or there of this number of shards, is left out.
 * @returns the exit status
 * @throws one line with the fault and the remedy
 */
export async function submit(
  studyName: string,
  { shards, only, dryRun = false, ...options }: SubmitOptions,
  context: CommandContext,
): Promise<number> {
  const { output, root } = context;
  const { partition, time, mem, gpus, cpus, account, ...prepareOptions } = options;
  const resources = checkFlags({ partition, time, mem, gpus, cpus, account });
  const run = await prepare(studyName, { ...prepareOptions, dryRun }, context);
  for (const note of await checkStart(run)) output.write(`${note}\n`);
  const pending = selectStages(run.stages, only).filter(
    (stage) => shareOf(stage) !== 'gather' && staleness(run, stage) !== null,
  );
  if (pending.length === 0) {
    output.write('nothing to submit: what shards compute is up to date\n');
    return 0;
  }
  const dir = shardsFolder(root, run.name);
  const setting: JobSetting = {
    study: run.name,
    shards,
    root,
    node: process.execPath,
    logs: join(dir, 'logs'),
    resources,
    options: prepareOptions,
  };
  makeFolder(setting.logs);
  const queue = queueIn({ dir, root, env: context.env, dryRun, output });
  const trains = run.planning?.study.saes?.train !== undefined && options.saes === undefined;
  if (!dryRun) await fetchShared(run, pending, trains);
  const first: string[] = trains ? [queue('train', trainScript(setting), [])] : [];
  let before: string[] = [];
  for (const [wave, stages] of wavesIn(run, pending)) {
    const missing = await missingShards(run, stages, { dir, of: shards });
    const names = stages.map(({ name }) => name);
    const after = [...before, ...(wave > 1 ? first : [])];
    const array =
      missing.length === 0
        ? after
        : [queue(`shards-${wave}`, arrayScript(setting, wave, { missing, stages: names }), after)];
    // It also runs where a shard has failed, and says which.
    before = [queue(`gather-${wave}`, gatherScript(setting, wave, only), array, 'afterany')];
  }
  output.write(`what the jobs print is in ${relative(root, setting.logs)}\n`);
  return 0;
}

/** @throws where a value would be more than the value of one flag */
function checkFlags(
  given: { readonly [K in keyof JobResources]?: string | undefined },
): JobResources {
  const flags = Object.entries(given).filter(
    (flag): flag is [string, string] => flag[1] !== undefined,
  );
  for (const [name, value] of flags)
    if (!/^[\w.:,+/=-]+$/.test(value))
      throw new Error(`--${name} ${JSON.stringify(value)}: give what sbatch takes, without blanks`);
  return Object.fromEntries(flags);
}

/** Stages by wave, in the order of waves. */
function wavesIn(run: Run, stages: readonly Stage[]): [number, Stage[]][] {
  const waves = wavesOf(run.stages);
  return [...Map.groupBy(stages, ({ name }) => waves.get(name)!)].sort(([a], [b]) => a - b);
}

/** Fetch what the shards read, and unpack what would be unpacked by the first of them. */
async function fetchShared(run: Run, stages: readonly Stage[], trains: boolean): Promise<void> {
  const trained = new Set<string>(trains ? ['saes', 'transcoders'] : []);
  for (const name of new Set(stages.flatMap(resourcesOf)))
    if (!trained.has(name)) await run.resources[name]?.fetch?.();
  await run.resources.model?.open();
}

/** The shards that have not done all stages of a wave: all of them where its stages cannot run yet. */
async function missingShards(
  run: Run,
  stages: readonly Stage[],
  { dir, of }: { readonly dir: string; readonly of: number },
): Promise<number[]> {
  const missing: number[] = [];
  for (let number = 1; number <= of; number++) {
    const isThere = async (stage: Stage) =>
      !waitsFor(run, stage) && (await isShardDone(run, stage, { number, of, dir }));
    const there = await Promise.all(stages.map(isThere));
    if (!there.every(Boolean)) missing.push(number);
  }
  return missing;
}

interface QueueSetting {
  readonly dir: string;
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  readonly dryRun: boolean;
  readonly output: WriteStream;
}

/** Hands scripts to Slurm. @returns of each the number of its job, on which others may wait */
const queueIn =
  ({ dir, root, env, dryRun, output }: QueueSetting) =>
  (
    name: string,
    text: string,
    after: readonly string[],
    dependency: 'afterok' | 'afterany' = 'afterok',
  ): string => {
    const path = join(dir, `${name}.sh`);
    writeText(path, text);
    const on = after.length > 0 ? [`--dependency=${dependency}:${after.join(':')}`] : [];
    const args = ['--parsable', '--kill-on-invalid-dep=yes', ...on, path];
    if (dryRun) {
      output.write(`sbatch ${[...args.slice(0, -1), relative(root, path)].join(' ')}\n`);
      return `$${name}`;
    }
    const { status, stdout, stderr, error } = spawnSync('sbatch', args, { env, encoding: 'utf8' });
    if (error)
      throw new Error(
        'sbatch: not on this machine: submit from a node of the cluster, or run the shards without Slurm (docs/many-machines.md)',
      );
    if (status !== 0) throw new Error(`${stderr.trim().split('\n').at(-1)}: correct the flags`);
    const [job] = stdout.trim().split(';') as [string];
    output.write(
      `${name}: job ${job}${after.length > 0 ? `, after ${after.join(' and ')}` : ''}\n`,
    );
    return job;
  };

const command = (surroundings: CommandContext): Command =>
  new Command('npm run submit --')
    .description('Compute a study by job arrays of Slurm: shards, then a gather, wave after wave.')
    .argument('<study>', 'a file of data/studies, without .yaml')
    .requiredOption('--shards <n>', 'number of shards', wholeNumber('--shards', 1, MOST_SHARDS))
    .option('--only <stages...>', 'compute only these stages, such as 3-entropy')
    .option('--partition <name>', 'partition of every job')
    .option('--account <name>', 'account of every job')
    .option('--time <limit>', 'time limit of every job, such as 4:00:00')
    .option('--mem <size>', 'memory of every job, such as 64G')
    .option('--gpus <n>', 'GPUs of every job, such as 1 or a100:1')
    .option('--cpus <n>', 'cores of every job')
    .option('--dry-run', 'write the scripts, print the commands, and submit nothing')
    .option('--provider <name>', `where models run: ${PROVIDERS.join(', ')}`)
    .option('--model <path>', 'as for compute')
    .option('--saes <dir>', 'as for compute')
    .option('--memory <GB>', 'as for compute', gigabytesOf)
    .action(async (study: string, options: SubmitOptions) => {
      process.exitCode = await submit(study, options, surroundings);
    });

if (import.meta.main) {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  await runProgram(command({ root, env: process.env, output: process.stdout }));
}
