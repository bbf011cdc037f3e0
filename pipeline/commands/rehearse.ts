import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { machineName } from '../engine/machine-name.ts';
import { gigabytes } from '../engine/memory-plan.ts';
import { duration, showProgress } from '../engine/progress.ts';
import { totalUse } from '../graph/memory-use.ts';
import { checkTables } from '../rehearsal/check-tables.ts';
import { layOut, writeStudy, writeTokenizer } from '../rehearsal/lay-out.ts';
import { watchMemory } from '../rehearsal/memory-watch.ts';
import { type ReportPart, type StageCost, writeReport } from '../rehearsal/report.ts';
import { rehearsalOf } from '../rehearsal/study.ts';
import { PROVIDERS } from '../runtime/provider.ts';
import type { Stage } from '../stages/define.ts';
import { loadModelStudy } from '../study/load-study.ts';
import type { ModelStudy } from '../study/study.ts';
import { align } from './align.ts';
import { compute } from './compute.ts';
import { prepare, type Surroundings } from './prepare.ts';

export interface RehearseOptions {
  readonly provider?: string;
  readonly memory?: number;
  /** The whole study, and not the least that runs all of it. */
  readonly whole?: boolean;
  /** A folder to work in, which is kept; one of the system's, which is removed, where left out. */
  readonly dir?: string;
  /** Put the report where the site reads it. */
  readonly publish?: boolean;
}

/** The study that is rehearsed, and the memory that it is made for. */
const STUDY = 'gemma-2-2b-it';
const GPU = { provider: 'cuda', memory: 24 } as const;
const SEED = 1;

/**
 * Run the study of the full-size model on random weights of its exact shape, in a folder of its own: every stage, every
 * table. What it took is reported beside what was planned.
 * @returns the exit status: 0 only if every table was written, has rows, and holds finite numbers
 */
export async function rehearse(options: RehearseOptions, at: Surroundings): Promise<number> {
  const { output, root } = at;
  const full = loadModelStudy(join(root, 'data/studies'), STUDY);
  const study: ModelStudy = options.whole ? { ...full, name: 'rehearsal' } : rehearsalOf(full);
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'rehearsal-'));
  mkdirSync(dir, { recursive: true });
  try {
    const display = showProgress('random weights', output);
    const tokenizerDir = writeTokenizer(
      join(dir, 'tokenizer'),
      join(root, 'data/models/miniature'),
    );
    const folder = layOut(dir, study, { seed: SEED, tokenizerDir, progress: display.update });
    display.stop();
    writeStudy(folder.root, full);
    const inside = { root: folder.root, env: { ...at.env, ...folder.env }, output };
    return await runAndReport(study, options, inside, options.publish ? root : dir);
  } finally {
    if (options.dir === undefined) rmSync(dir, { recursive: true });
  }
}

async function runAndReport(
  study: ModelStudy,
  { provider, memory }: RehearseOptions,
  inside: Surroundings,
  publishTo: string,
): Promise<number> {
  const { output } = inside;
  const chosen = { ...(provider && { provider }), ...(memory && { memory }) };
  const run = await prepare(study.name, chosen, inside);
  const memories = watchMemory();
  const costs: StageCost[] = [];
  const watch = async (stage: Stage, start: () => Promise<void>): Promise<void> => {
    const { plan } = await run.plan(stage);
    memories.peak();
    const began = performance.now();
    await start();
    const seconds = (performance.now() - began) / 1000;
    costs.push({ plan, measured: { seconds, peak: memories.peak() } });
  };
  const status = await compute(study.name, { ...chosen, watch }, inside);
  await memories.stop();
  const faults = checkTables(run.results, run.stages);
  for (const fault of faults) output.write(`fault: ${fault}\n`);
  output.write(`\n${costTable(costs)}\n`);
  const ran = run.provenance.provider;
  const setting = { study: study.name, provider: ran, machine: machineName() };
  await report({ setting, costs }, inside, publishTo);
  return status === 0 && faults.length === 0 ? 0 : 1;
}

/** What was measured, and what the whole study on a GPU is planned to need, where that was not measured. */
async function report(
  measured: ReportPart,
  inside: Surroundings,
  publishTo: string,
): Promise<void> {
  const gpu = await prepare(STUDY, { ...GPU, dryRun: true }, inside);
  const planned: StageCost[] = [];
  for (const stage of gpu.stages)
    planned.push({ plan: (await gpu.plan(stage)).plan, measured: null });
  const setting = {
    study: STUDY,
    provider: gpu.provenance.provider,
    machine: `a GPU of ${GPU.memory} GB`,
  };
  const path = join(publishTo, 'data/published/full-size.csv');
  mkdirSync(dirname(path), { recursive: true });
  writeReport(path, [measured, { setting, costs: planned }]);
  inside.output.write(`report in ${path}\n`);
}

function costTable(costs: readonly StageCost[]): string {
  const rows = costs.map(({ plan, measured }) => [
    plan.stage,
    String(plan.batchSize ?? '–'),
    gigabytes(totalUse(plan.use)),
    ...(measured
      ? [
          duration(measured.seconds),
          gigabytes(measured.peak.anonymous),
          gigabytes(measured.peak.all),
        ]
      : ['–', '–', '–']),
  ]);
  return align([['stage', 'batch', 'planned GB', 'time', 'anonymous GB', 'resident GB'], ...rows]);
}

const command = (surroundings: Surroundings): Command =>
  new Command('npm run rehearse --')
    .description('Run the full-size study on random weights, and report what it takes.')
    .option('--provider <name>', `where models run: ${PROVIDERS.join(', ')}`)
    .option('--memory <GB>', 'what the device holds, where it is not found out', Number)
    .option('--whole', 'all topics, samples and SAEs: for a GPU')
    .option('--dir <dir>', 'a folder to work in, which is kept; some 20 GB')
    .option('--publish', 'put the report where the report’s pages read it')
    .action(async (options: RehearseOptions) => {
      process.exitCode = await rehearse(options, surroundings);
    });

if (import.meta.main) {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  try {
    await command({ root, env: process.env, output: process.stdout }).parseAsync();
  } catch (error) {
    console.error(`error: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
