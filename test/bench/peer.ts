import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A program in Python beside which speed is measured: it answers each line of JSON by one. */
export interface Peer<Answer> extends AsyncDisposable {
  /** @throws where the program ends instead, with what it says */
  run(asked: object): Promise<Answer>;
}

/** The Python that has PyTorch. */
const PYTHON = process.env.PEER_PYTHON ?? 'python3';

/** Why no script can run; null where one can. */
export function whyNoPeer(): string | null {
  const { status } = spawnSync(PYTHON, ['-c', 'import numpy, torch']);
  if (status === 0) return null;
  return `${PYTHON} does not run, or lacks torch or numpy: name one that has them with PEER_PYTHON`;
}

export function openPeer<Answer>(script: string, args: readonly string[]): Peer<Answer> {
  const child = spawn(PYTHON, [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    run: async (asked) => {
      child.stdin.write(`${JSON.stringify(asked)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`${script} ended: see what it wrote above`);
      return JSON.parse(value) as Answer;
    },
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await lines.return?.();
    },
  };
}
