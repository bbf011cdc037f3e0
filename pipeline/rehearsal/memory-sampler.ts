import { readFileSync } from 'node:fs';
import { setInterval } from 'node:timers';
import { workerData } from 'node:worker_threads';
import { residentMemory } from './resident-memory.ts';

/** Shared with the watched thread, which a running graph may block: peak anonymous memory, peak total memory. */
const peaks = workerData as Float64Array;
const PERIOD = 50; // ms

setInterval(() => {
  const { anonymous, total } = residentMemory(readFileSync('/proc/self/status', 'utf8'));
  peaks[0] = Math.max(peaks[0]!, anonymous);
  peaks[1] = Math.max(peaks[1]!, total);
}, PERIOD);
