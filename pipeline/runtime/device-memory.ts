import { spawnSync } from 'node:child_process';
import { totalmem } from 'node:os';
import type { Provider } from './session.ts';

/** Bytes that the process needs besides the graphs: Node, the tokenizer of 256,000 tokens, DuckDB. */
const PROCESS_BYTES = 0.6e9;
/** Share of a device's memory that its driver and the runtime's workspaces need. */
const OVERHEAD = 0.1;

/**
 * Bytes that graphs may use on a device: its total memory minus fixed overheads. Free memory is not used, because it
 * changes, and a study must be split into the same batches in every run.
 * @param gigabytes total memory of the device in GB; determined from the device where left out
 * @throws where the memory of the device is unknown
 */
export function deviceMemory(provider: Provider, gigabytes?: number): number {
  if (gigabytes !== undefined) return gigabytes * 1e9 * (1 - OVERHEAD);
  if (provider === 'cpu') return totalmem() * (1 - OVERHEAD) - PROCESS_BYTES;
  const total = nvidiaMemory();
  if (total === null)
    throw new Error(`memory of the ${provider} device is not known: give it, as in --memory 24`);
  return total * (1 - OVERHEAD);
}

/** Bytes of the first NVIDIA GPU; null where there is no such GPU, or no nvidia-smi. */
function nvidiaMemory(): number | null {
  const query = ['--query-gpu=memory.total', '--format=csv,noheader,nounits'];
  const { status, stdout } = spawnSync('nvidia-smi', query, { encoding: 'utf8' });
  const [mebibytes] = status === 0 ? stdout.split('\n').map(Number) : [];
  return mebibytes ? mebibytes * 2 ** 20 : null;
}
