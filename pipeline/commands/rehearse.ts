import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { takeWriteLock } from '../engine/lock.ts';
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
import { gigabytesOf } from './option-values.ts';
import { type CommandContext, prepare, requireKnown } from './prepare.ts';
import { runProgram } from './run-program.ts';

export interface RehearseOptions {
  readonly provider?: string;
  readonly memory?: number;
  /** Run the whole study instead of a reduced one. */
  readonly whole?: boolean;
  /** A working folder, which is kept; if left out, a temporary one, which is removed. */
  readonly dir?: string;
  /** Write the report to data/published, where the site reads it. */
  readonly publish?: boolean;
}

/** The study that is rehearsed, and the GPU for which it is planned. */
const STUDY = 'gemma-2-2b-it';
const GPU = { provider: 'cuda', memory: 24 } as const;
const SEED = 1;

/**
 * Run every stage of the full-size study on random weights of the model's exact shapes, in a separate folder, and report
 * the measured time and memory beside the plan.
 * @returns the exit status: 0 if every table was written, has rows, and contains finite numbers only
 */
export async function rehearse(options: RehearseOptions, context: CommandContext): Promise<number> {
  const { output, root } = context;
  if (options.provider !== undefined) requireKnown('provider', options.provider, PROVIDERS);
  const full = loadModelStudy(join(root, 'data/studies'), STUDY);
  const study: ModelStudy = options.whole ? { ...full, name: 'rehearsal' } : rehearsalOf(full);
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'rehearsal-'));
  mkdirSync(dir, { recursive: true });
  const remove = (): void => {
    if (options.dir === undefined) rmSync(dir, { recursive: true, force: true });
  };
  process.on('exit', remove); // a run that is stopped would leave gigabytes behind
  try {
    const display = showProgress('random weights', output);
    const tokenizerDir = writeTokenizer(
      join(dir, 'tokenizer'),
      join(root, 'data/models/miniature'),
    );
    const folder = layOut(dir, study, { seed: SEED, tokenizerDir, progress: display.update });
    display.stop();
    writeStudy(folder.root, full);
    const rehearsalContext = { root: folder.root, env: { ...context.env, ...folder.env }, output };
    return await runAndReport(study, options, rehearsalContext, options.publish ? root : dir);
  } finally {
    process.off('exit', remove);
    remove();
  }
}

async function runAndReport(
  study: ModelStudy,
  { provider, memory }: RehearseOptions,
  context: CommandContext,
  publishTo: string,
): Promise<number> {
  const { output } = context;
  const chosen = { ...(provider && { provider }), ...(memory && { memory }) };
  const run = await prepare(study.name, chosen, context);
  const memories = watchMemory();
  const costs: StageCost[] = [];
  const measureStage = async (stage: Stage, start: () => Promise<void>): Promise<void> => {
    const { plan } = await run.plan(stage);
    memories.peak();
    const began = performance.now();
    await start();
    const seconds = (performance.now() - began) / 1000;
    costs.push({ plan, measured: { seconds, peak: memories.peak() } });
  };
  const status = await compute(study.name, { ...chosen, wrapStage: measureStage }, context);
  await memories.stop();
  const faults = checkTables(run.results, run.stages);
  for (const fault of faults) output.write(`fault: ${fault}\n`);
  output.write(`\n${costTable(costs)}\n`);
  const { provider: usedProvider } = run.provenance;
  const setting = { study: study.name, provider: usedProvider, machine: machineName() };
  await report({ setting, costs }, context, publishTo);
  return status === 0 && faults.length === 0 ? 0 : 1;
}

/** Write the report: the measured costs, and the plan of the whole study on a GPU, which is not measured. */
async function report(
  measured: ReportPart,
  context: CommandContext,
  publishTo: string,
): Promise<void> {
  const gpu = await prepare(STUDY, { ...GPU, dryRun: true }, context);
  const planned: StageCost[] = [];
  for (const stage of gpu.stages)
    planned.push({ plan: (await gpu.plan(stage)).plan, measured: null });
  const setting = {
    study: STUDY,
    provider: gpu.provenance.provider,
    machine: `a GPU of ${GPU.memory} GB`,
  };
  const path = join(publishTo, 'data/published/full-size.csv');
  using _ = takeWriteLock(path, { command: 'rehearse' });
  writeReport(path, [measured, { setting, costs: planned }]);
  context.output.write(`report in ${path}\n`);
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
          gigabytes(measured.peak.total),
        ]
      : ['–', '–', '–']),
  ]);
  return align([['stage', 'batch', 'planned GB', 'time', 'anonymous GB', 'resident GB'], ...rows]);
}

const command = (surroundings: CommandContext): Command =>
  new Command('npm run rehearse --')
    .description('Run the full-size study on random weights, and report what it takes.')
    .option('--provider <name>', `where models run: ${PROVIDERS.join(', ')}`)
    .option('--memory <GB>', 'memory of the device, in place of what is detected', gigabytesOf)
    .option('--whole', 'all topics, samples and SAEs; needs a GPU')
    .option('--dir <dir>', 'a working folder, which is kept; needs about 20 GB')
    .option('--publish', 'write the report to data/published, where the site reads it')
    .action(async (options: RehearseOptions) => {
      process.exitCode = await rehearse(options, surroundings);
    });

if (import.meta.main) {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  await runProgram(command({ root, env: process.env, output: process.stdout }));
}
