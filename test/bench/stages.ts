import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { WriteStream } from 'node:tty';
import { compute } from '../../pipeline/commands/compute.ts';
import { interleaved, type Log, type Measurement, median } from './measure.ts';

/** Stages that are timed together, the most seconds that they are meant to take on two cores, and rounds. */
const TIMED = [
  { name: 'stages 1 to 3', stages: ['1-generate', '2-explore', '3-entropy'], most: 30, rounds: 2 },
  { name: 'attribution to all SAEs', stages: ['6-attribute'], most: 20, rounds: 1 },
  { name: 'ablation by all SAEs, with controls', stages: ['8-ablate'], most: 60, rounds: 1 },
];

/** Stages of the miniature's whole study, in a root of their own. */
export async function measureStages(data: string, root: string, log: Log): Promise<Measurement[]> {
  for (const part of ['models', 'studies'])
    cpSync(join(data, part), join(root, 'data', part), { recursive: true });
  const write = (text: string) => log(`  ${text.trim().replaceAll('\n', '\n  ')}`);
  const output = { isTTY: false, write } as unknown as WriteStream;
  const run = async (stages: readonly string[]) => {
    const options = { only: stages, force: true };
    const status = await compute('miniature', options, { root, env: {}, output });
    if (status !== 0) throw new Error(`the stages ended with status ${status}`);
  };
  const found: Measurement[] = [];
  for (const { name, stages, most, rounds } of TIMED) {
    const { timed } = await interleaved({ timed: () => run(stages) }, { rounds, log });
    const seconds = median(timed);
    found.push({
      name: `${name}, of the miniature`,
      value: `${seconds.toFixed(1)} s`,
      ratio: seconds / most,
      target: '≤ 1',
      note: `of ${most} s`,
    });
  }
  return found;
}
