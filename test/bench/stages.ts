import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { WriteStream } from 'node:tty';
import { compute } from '../../pipeline/compute.ts';
import { interleaved, type Log, type Measurement, median } from './measure.ts';

const STAGES = ['1-generate', '2-explore', '3-entropy'];
const ROUNDS = 2;

/** The three stages of the miniature's whole study, in a root of their own. */
export async function measureStages(data: string, root: string, log: Log): Promise<Measurement[]> {
  for (const part of ['models/miniature', 'studies'])
    cpSync(join(data, part), join(root, 'data', part), { recursive: true });
  const write = (text: string) => log(`  ${text.trim().replaceAll('\n', '\n  ')}`);
  const output = { isTTY: false, write } as unknown as WriteStream;
  const run = async () => {
    const options = { only: STAGES, force: true };
    const status = await compute('miniature', options, { root, env: {}, output });
    if (status !== 0) throw new Error(`the stages ended with status ${status}`);
  };
  const { stages } = await interleaved({ stages: run }, { rounds: ROUNDS, log });
  const seconds = median(stages);
  return [
    {
      name: 'stages 1 to 3 of the miniature',
      value: `${seconds.toFixed(1)} s`,
      ratio: seconds / 30,
      target: '≤ 1',
      note: 'of 30 s',
    },
  ];
}
