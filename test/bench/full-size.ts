import { spawnSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepare } from '../../pipeline/commands/prepare.ts';
import { layOut, type RehearsalFolder, writeTokenizer } from '../../pipeline/rehearsal/lay-out.ts';
import { rehearsalOf } from '../../pipeline/rehearsal/study.ts';
import { loadModelStudy } from '../../pipeline/study/load-study.ts';
import type { ModelStudy } from '../../pipeline/study/study.ts';
import { measureFullForward } from './full-forward.ts';
import { measureFullSteps } from './full-steps.ts';
import { type Log, type Measurement, median } from './measure.ts';

const NAMES = ['full-size forward', 'full-size step', 'command to first token, full size'];
/** A random model in bfloat16, and its float32 copy, which stays in memory as the system's cache of the file. */
const DISK = 17e9;
const MEMORY = 16e9;
const ROUNDS = 3;

/** Gemma 2 2B's own sizes, with random weights, from the command to the last layer. */
export async function measureFullSize(data: string, dir: string, log: Log): Promise<Measurement[]> {
  const lack = lackOf(dir);
  if (lack !== null) return NAMES.map((name) => ({ name, value: '–', note: `skipped: ${lack}` }));
  log('writing a random model of the size of Gemma 2 2B');
  const study = firstTokenStudy(loadModelStudy(join(data, 'studies'), 'gemma-2-2b-it'));
  const tokenizerDir = writeTokenizer(join(dir, 'tokenizer'), join(data, 'models/miniature'));
  const folder = layOut(dir, study, { seed: 1, tokenizerDir, progress: () => {} });
  const first = measureFirstToken(folder, log);
  const output = { isTTY: false, write: () => true } as unknown as NodeJS.WriteStream;
  const run = await prepare(study.name, { provider: 'cpu' }, { ...folder, output });
  const { model } = await run.resources.model!.open();
  const weights = join(folder.root, 'data/cache', run.provenance.model_revision);
  return [
    first,
    ...(await measureFullForward(model, weights, log)),
    ...(await measureFullSteps(model, weights, log)),
  ];
}

function lackOf(dir: string): string | null {
  const { bavail, bsize } = statfsSync(dir);
  if (bavail * bsize < DISK) return `${dir} has less than ${DISK / 1e9} GB free`;
  return totalmem() < MEMORY ? `this machine has less than ${MEMORY / 1e9} GB of memory` : null;
}

/** So little of the study that its first stage has written all when the first tokens are there. */
function firstTokenStudy(full: ModelStudy): ModelStudy {
  const study = rehearsalOf(full);
  const once = <T extends object>(template: T) => ({ ...template, maxNewTokens: 1 });
  const { short, long, plain } = study.templates;
  return {
    ...study,
    templates: { short: once(short), long: once(long), plain: once(plain) },
    sweep: { ...study.sweep, temperatures: study.sweep.temperatures.slice(0, 1) },
    ...(study.saes && { saes: { ...study.saes, ids: study.saes.ids.slice(0, 1) } }),
  };
}

/** From starting a process to its end; the first, uncounted one also makes the float32 copy. */
function measureFirstToken({ root, env }: RehearsalFolder, log: Log): Measurement {
  const script = fileURLToPath(new URL('first-token.ts', import.meta.url));
  const seconds = Array.from({ length: ROUNDS + 1 }, (_, round) => {
    const start = performance.now();
    const child = spawnSync(process.execPath, [script, root], {
      env: { ...process.env, ...env },
      encoding: 'utf8',
    });
    if (child.status !== 0) throw new Error(child.stderr || child.stdout);
    const s = (performance.now() - start) / 1000;
    log(`  ${round === 0 ? 'warm-up' : `round ${round} of ${ROUNDS}`}: ${s.toFixed(1)} s`);
    return s;
  });
  const s = median(seconds.slice(1));
  return {
    name: 'command to first token, full size',
    value: `${s.toFixed(1)} s`,
    ratio: s / MOST,
    target: '≤ 1',
    note: `of ${MOST} s; the whole of a stage whose lists have one token`,
  };
}

const MOST = 60;
