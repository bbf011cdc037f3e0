import type { PrepareOptions } from './prepare.ts';

/** What a job asks the cluster for, as `sbatch` takes it; what the cluster gives by default where left out. */
export interface JobResources {
  readonly partition?: string;
  readonly time?: string;
  readonly mem?: string;
  readonly gpus?: string;
  readonly cpus?: string;
  readonly account?: string;
}

/** How the commands of the project are run on a node. */
export interface JobSetting {
  readonly study: string;
  readonly shards: number;
  /** The project's folder, which every node sees under the same path. */
  readonly root: string;
  /** The program of Node, likewise. */
  readonly node: string;
  /** Folder of what jobs print. */
  readonly logs: string;
  readonly resources: JobResources;
  /** As the user gave them. */
  readonly options: Pick<PrepareOptions, 'provider' | 'model' | 'saes' | 'memory'>;
}

/** How often a process is started again that was killed. A job whose node was lost is queued again by Slurm. */
const RESTARTS = 3;

/** The array of one wave's shards. @param missing numbers of the shards that are to be computed */
export const arrayScript = (
  setting: JobSetting,
  wave: number,
  { missing, stages }: { readonly missing: readonly number[]; readonly stages: readonly string[] },
): string =>
  script(
    setting,
    { name: `shards-${wave}`, log: `shards-${wave}-%a`, array: missing.join(',') },
    `compute.ts ${common(setting)} --shard "$SLURM_ARRAY_TASK_ID" --only ${stages.map(quoted).join(' ')}`,
  );

/** Unites the shards of a wave. */
export const gatherScript = (
  setting: JobSetting,
  wave: number,
  only: readonly string[] | undefined,
): string =>
  script(
    setting,
    { name: `gather-${wave}`, log: `gather-${wave}` },
    `gather.ts ${common(setting)} --wait 120${only ? ` --only ${only.map(quoted).join(' ')}` : ''}`,
  );

/** Trains the study's SAEs, which all shards read. */
export const trainScript = (setting: JobSetting): string => {
  const { study, options } = setting;
  const model = options.model === undefined ? '' : ` --model ${quoted(options.model)}`;
  return script(setting, { name: 'train', log: 'train' }, `train.ts saes ${quoted(study)}${model}`);
};

const common = ({ study, shards, options }: JobSetting): string =>
  [
    quoted(study),
    `--shards ${shards}`,
    ...Object.entries(options).map(([name, value]) => `--${name} ${quoted(String(value))}`),
  ].join(' ');

/** A word of a shell's command line. */
const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

interface Job {
  readonly name: string;
  /** Its log's name, without the ending. */
  readonly log: string;
  /** Indices of a job array. */
  readonly array?: string;
}

function script(
  { study, root, node, logs, resources }: JobSetting,
  { name, log, array }: Job,
  command: string,
): string {
  const { partition, time, mem, gpus, cpus, account } = resources;
  const flags = {
    'job-name': `${study}-${name}`,
    array,
    output: `${logs}/${log}.log`,
    'open-mode': 'append',
    partition,
    account,
    time,
    mem,
    gpus,
    'cpus-per-task': cpus,
  };
  const lines = Object.entries(flags).flatMap(([flag, value]) =>
    value === undefined ? [] : [`#SBATCH --${flag}=${value}`],
  );
  return `#!/bin/sh
${lines.join('\n')}
#SBATCH --requeue
cd ${quoted(root)} || exit 1
starts=0
while true; do
  echo "$(date -u +%FT%TZ) $(hostname) job $SLURM_JOB_ID, start $((\${SLURM_RESTART_COUNT:-0} + starts))"
  ${quoted(node)} --max-semi-space-size=2 pipeline/commands/${command}
  status=$?
  # What was killed goes on in another start; what has failed would fail again, and what Slurm ends (15) is to end.
  if [ $status -le 128 ] || [ $status -eq 143 ] || [ $starts -ge ${RESTARTS} ]; then exit $status; fi
  starts=$((starts + 1))
  echo "ended by signal $((status - 128)): started again"
done
`;
}
