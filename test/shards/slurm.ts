import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Scope, tempDir } from '../temp.ts';

const PROGRAMS = ['munged', 'slurmctld', 'slurmd', 'sbatch', 'squeue', 'sinfo', 'scontrol'];

const isThere = (program: string): boolean =>
  ['/usr/sbin', ...(process.env.PATH ?? '').split(':')].some((dir) =>
    existsSync(join(dir, program)),
  );

/** Why no Slurm can be started here; false where it can. For `skip` of a test. */
export const noSlurm: string | false = (() => {
  const missing = PROGRAMS.find((program) => !isThere(program));
  if (missing !== undefined) return `${missing} is missing: install Debian's slurm-wlm and munge`;
  return process.getuid?.() === 0 ? false : 'Slurm is started by root alone';
})();

/** A Slurm of this machine alone, with two nodes, as two daemons that share its name. */
export interface Slurm {
  /** For its commands: where its configuration is. */
  readonly env: NodeJS.ProcessEnv;
  run(program: string, ...args: readonly string[]): SpawnSyncReturns<string>;
  /** Start what has to wait because it was started before: Slurm holds such jobs back for two minutes. */
  hurry(): void;
  /** The end of the controller's log. */
  controllerLog(): string;
  /** Kill a node's daemon. */
  killNode(node: string): void;
}

/** Seconds after which a silent node counts as lost. */
const TIMEOUT = 10;

/** Start Slurm in a folder of its own, until the test ends; it needs root. */
export async function startSlurm(t: Scope): Promise<Slurm> {
  let stop = (): void => {};
  t.after(() => stop()); // before its folder is removed
  const dir = tempDir(t);
  for (const part of ['state', 'run', 'spool/n1', 'spool/n2'])
    mkdirSync(join(dir, part), { recursive: true });
  const conf = join(dir, 'slurm.conf');
  writeFileSync(conf, await configuration(dir));
  const env = { ...process.env, SLURM_CONF: conf, PATH: `/usr/sbin:${process.env.PATH}` };
  const run = (program: string, ...args: readonly string[]) =>
    spawnSync(program, args, { env, encoding: 'utf8' });
  const begin = (program: string, ...args: readonly string[]) => {
    const { status, stderr } = run(program, ...args);
    if (status !== 0) throw new Error(`${program}: ${stderr}`);
  };
  stop = () => {
    run('scancel', '--user=root', '--signal=KILL', '--full');
    for (const file of globSync(join(dir, 'run/*.pid'))) kill(file);
  };
  const key = join(dir, 'munge.key');
  writeFileSync(key, randomBytes(1024));
  chmodSync(key, 0o600);
  const files = ['socket', 'pid-file', 'log-file', 'seed-file'];
  const [socket, pid, log, seed] = ['munge.socket', 'run/munged.pid', 'munged.log', 'seed'];
  const places = [socket, pid, log, seed].map((name, i) => `--${files[i]}=${join(dir, name!)}`);
  begin('munged', '--force', `--key-file=${key}`, ...places);
  begin('slurmctld', '-f', conf);
  for (const node of ['n1', 'n2']) begin('slurmd', '-f', conf, '-N', node);
  for (let tries = 0; run('sinfo', '-h', '-t', 'idle', '-o', '%D').stdout.trim() !== '2'; tries++) {
    if (tries === 120) throw new Error(`Slurm has no nodes: ${run('sinfo', '-N').stdout}`);
    await setTimeout(500);
  }
  const hurry = () => {
    for (const line of run('squeue', '-h', '-r', '-o', '%A %r').stdout.split('\n')) {
      const [job, reason] = line.split(' ');
      if (reason === 'BeginTime') run('scontrol', 'update', `jobid=${job}`, 'starttime=now');
    }
  };
  const controllerLog = () =>
    readFileSync(join(dir, 'slurmctld.log'), 'utf8').split('\n').slice(-40).join('\n');
  return { env, run, hurry, controllerLog, killNode: (node) => kill(join(dir, `run/${node}.pid`)) };
}

function kill(pidFile: string): void {
  const pid = Number(readFileSync(pidFile, 'utf8'));
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** A port of this machine that nothing listens on. */
const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        resolve(typeof address === 'object' && address !== null ? address.port : 0),
      );
    });
  });

async function configuration(dir: string): Promise<string> {
  const host = hostname().split('.')[0]!;
  const [control, first, second] = [await freePort(), await freePort(), await freePort()];
  const memory = Math.floor(totalmem() / 2 ** 20 / 2);
  const node = (name: string, port: number) =>
    `NodeName=${name} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${port} CPUs=1 RealMemory=${memory}`;
  return `ClusterName=test
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${control}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=${join(dir, 'munge.socket')}
CredType=cred/munge
StateSaveLocation=${join(dir, 'state')}
SlurmdSpoolDir=${join(dir, 'spool/%n')}
SlurmctldPidFile=${join(dir, 'run/slurmctld.pid')}
SlurmdPidFile=${join(dir, 'run/%n.pid')}
SlurmctldLogFile=${join(dir, 'slurmctld.log')}
SlurmdLogFile=${join(dir, '%n.log')}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
ReturnToService=2
SlurmdTimeout=${TIMEOUT}
KillWait=5
SchedulerParameters=sched_min_interval=100000,batch_sched_delay=1
${node('n1', first)}
${node('n2', second)}
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=60 State=UP
`;
}
