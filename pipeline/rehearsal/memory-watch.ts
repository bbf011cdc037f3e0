import { Worker } from 'node:worker_threads';
import type { ResidentMemory } from './resident-memory.ts';

export interface MemoryWatch {
  /** The peaks since the watch began, or since the last call. */
  peak(): ResidentMemory;
  stop(): Promise<void>;
}

/** Watch this process's memory from another thread, as a running graph blocks its own. Linux only. */
export function watchMemory(): MemoryWatch {
  const peaks = new Float64Array(new SharedArrayBuffer(2 * Float64Array.BYTES_PER_ELEMENT));
  const sampler = new Worker(new URL('./memory-sampler.ts', import.meta.url), {
    workerData: peaks,
  });
  return {
    peak() {
      const [anonymous, total] = peaks as unknown as [number, number];
      peaks.fill(0);
      return { anonymous, total };
    },
    stop: async () => void (await sampler.terminate()),
  };
}
