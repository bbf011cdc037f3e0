import { spawnSync } from 'node:child_process';
import { totalmem } from 'node:os';
import type { Provider } from './session.ts';

/** What a process beside the graphs takes: Node, the tokenizer of 256,000 tokens, DuckDB. */
const HOST = 0.6e9;
/** Of a device's memory, what its driver and the runtime's own workspaces take. */
const OVERHEAD = 0.1;

/**
 * Bytes that graphs may use on a device: all of it but what else is there for certain, not what happens to be free, so
 * that a study is cut into the same batches every time.
 * @param asked GB, in place of what the device has
 * @throws where it cannot be told
 */
export function deviceMemory(provider: Provider, asked?: number): number {
  if (asked !== undefined) return asked * 1e9 * (1 - OVERHEAD);
  if (provider === 'cpu') return totalmem() * (1 - OVERHEAD) - HOST;
  const total = nvidiaMemory();
  if (total === null)
    throw new Error(`memory of the ${provider} device is not known: name it, as in --memory 24`);
  return total * (1 - OVERHEAD);
}

/** Bytes of the first NVIDIA GPU; null where there is none, or its tool. */
function nvidiaMemory(): number | null {
  const asked = ['--query-gpu=memory.total', '--format=csv,noheader,nounits'];
  const { status, stdout } = spawnSync('nvidia-smi', asked, { encoding: 'utf8' });
  const [mebibytes] = status === 0 ? stdout.split('\n').map(Number) : [];
  return mebibytes ? mebibytes * 2 ** 20 : null;
}
