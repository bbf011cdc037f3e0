import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { WriteStream } from 'node:tty';
import { align } from '../../pipeline/commands/align.ts';
import { compute } from '../../pipeline/commands/compute.ts';
import { REAL_STUDY, smallRealRoot, smallRoot } from '../small-study.ts';
import { SMOLLM2 } from '../weights.ts';
import type { Log } from './measure.ts';
import { profileSessions, type SessionTimes } from './profiled-sessions.ts';

/** Studies that can be profiled, small: two topics, of SmolLM2 without patching and circuits. */
export const PROFILED: Readonly<Record<string, (root: string) => string | undefined>> = {
  miniature: (root) => void smallRoot(root, 8),
  [REAL_STUDY]: (root) => {
    if (SMOLLM2.skip) throw new Error(SMOLLM2.skip);
    smallRealRoot(root);
    return SMOLLM2.path;
  },
};

/** Operators that a row names, those that took longest. */
const NAMED = 5;

/**
 * Where the time of a study's stages goes: a table with a row for each stage that opened sessions. Profiling itself takes
 * time, more the smaller the kernels; shares are of what was written down.
 * @throws where the study's weights are missing, or a stage fails
 */
export async function profileStages(study: string, root: string, log: Log): Promise<string> {
  const model = PROFILED[study]!(root);
  const profiles = join(root, 'profiles');
  mkdirSync(profiles);
  using sessions = profileSessions(profiles);
  const rows: string[][] = [];
  const status = await compute(
    study,
    {
      provider: 'cpu',
      ...(model && { model }),
      wrapStage: async ({ name }, run) => {
        const start = performance.now();
        await run();
        const seconds = (performance.now() - start) / 1000;
        const times = await sessions.take();
        if (times.running > 0) rows.push(rowOf(name, seconds, times));
      },
    },
    { root, env: {}, output: outputTo(log) },
  );
  if (status !== 0) throw new Error(`the study ended with status ${status}`);
  return align([['stage', 'seconds', 'running', 'opening', 'kernels that took longest'], ...rows]);
}

function rowOf(name: string, seconds: number, times: SessionTimes): string[] {
  const { opening, running, kernels, cut } = times;
  const share = (part: number, whole: number) => `${((100 * part) / whole).toFixed(0)} %`;
  const all = [...kernels.values()].reduce((sum, kernel) => sum + kernel, 0);
  const longest = [...kernels].sort(([, a], [, b]) => b - a).slice(0, NAMED);
  return [
    name,
    seconds.toFixed(1),
    share(running, seconds),
    share(opening, seconds),
    longest.map(([op, kernel]) => `${op} ${share(kernel, all)}`).join(', ') +
      (cut ? ' (of the first million kernels of a session)' : ''),
  ];
}

const outputTo = (log: Log): WriteStream =>
  ({ isTTY: false, write: (text: string) => log(`  ${text.trim()}`) }) as unknown as WriteStream;
