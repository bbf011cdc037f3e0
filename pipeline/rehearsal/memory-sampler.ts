import { readFileSync } from 'node:fs';
import { setInterval } from 'node:timers';
import { workerData } from 'node:worker_threads';
import { residentMemory } from './resident-memory.ts';

/** Keeps the largest memory seen in an array shared with the thread that is watched, which may be blocked meanwhile. */
const peaks = workerData as Float64Array;
const PERIOD = 50; // ms

setInterval(() => {
  const { anonymous, all } = residentMemory(readFileSync('/proc/self/status', 'utf8'));
  peaks[0] = Math.max(peaks[0]!, anonymous);
  peaks[1] = Math.max(peaks[1]!, all);
}, PERIOD);
