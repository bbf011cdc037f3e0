/**
 * The memory of every stage at several numbers of lists, each stage in a process of its own:
 * `node test/memory/run.ts [SCALE ...] [STAGE ...]`, 1 and 25 and all stages where none is given. Stages that are named are run in
 * the study's order, those whose tables they read among them. All take ten minutes and more on two cores.
 */
import { spawnSync } from 'node:child_process';
import type { WriteStream } from 'node:tty';
import { fileURLToPath } from 'node:url';
import { align } from '../../pipeline/commands/align.ts';
import { prepare } from '../../pipeline/commands/prepare.ts';
import { computeFlags } from '../node-flags.ts';
import { tempDir } from '../temp.ts';
import { rootOfManyLists } from './many-lists.ts';

const PROGRAM = fileURLToPath(new URL('stage-memory.ts', import.meta.url));

/** How much larger the most memory may be than at the first scale. */
const MOST = 1.2;

const asked = process.argv.slice(2);
const isScale = (text: string) => /^\d+$/.test(text);
const numbers = asked.filter(isScale).map(Number);
const scales = numbers.length === 0 ? [1, 25] : numbers;
const only = asked.filter((text) => !isScale(text));
const ends: (() => void)[] = [];
try {
  process.exitCode = (await measureAll()) ? 0 : 1;
} finally {
  for (const end of ends) end();
}

/** @returns whether no stage has more than `MOST` times the memory that it has at the first scale */
async function measureAll(): Promise<boolean> {
  const peaks: Map<string, number>[] = [];
  for (const scale of scales) {
    const temp = tempDir({ after: (end) => void ends.push(end) });
    peaks.push(await peaksByStage(rootOfManyLists(temp, scale), scale));
  }
  const stages = [...peaks[0]!.keys()];
  const ratioOf = (stage: string) => peaks.at(-1)!.get(stage)! / peaks[0]!.get(stage)!;
  const rows = stages.map((stage) => [
    stage,
    ...peaks.map((peak) => peak.get(stage)!.toFixed(0)),
    ratioOf(stage).toFixed(2),
  ]);
  console.log(align([['stage', ...scales.map((scale) => `MB at ${scale}×`), 'ratio'], ...rows]));
  return stages.every((stage) => ratioOf(stage) <= MOST);
}

/** MB, by stage. Each is printed to stderr as it is measured. */
async function peaksByStage(root: string, scale: number): Promise<Map<string, number>> {
  const output = { isTTY: false, write: () => true } as unknown as WriteStream;
  const { stages } = await prepare('miniature', {}, { root, env: {}, output });
  const unknown = only.find((name) => stages.every((stage) => stage.name !== name));
  if (unknown !== undefined)
    throw new Error(
      `no stage ${unknown}: name some of ${stages.map(({ name }) => name).join(' ')}`,
    );
  const peaks = new Map<string, number>();
  for (const { name } of stages) {
    if (only.length > 0 && !only.includes(name)) continue;
    const args = [...computeFlags(), PROGRAM, root, name];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`stage ${name}: ${stderr}`);
    const { peak } = JSON.parse(stdout);
    console.error(`${scale}× ${name}: ${peak.toFixed(0)} MB`);
    peaks.set(name, peak);
  }
  return peaks;
}
