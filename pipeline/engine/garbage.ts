import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * What collects garbage once the JavaScript heap has grown by `GROWTH` since it last did. Left alone, V8 lets the heap grow to
 * several times of what is alive while many rows pass through it, so that the memory of a stage would depend on the number of
 * lists. The scripts of package.json keep V8's young generation small for the same reason.
 */
export function collectorOfGrowth(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let after = heapUsed();
  return () => {
    if (heapUsed() < after + GROWTH) return;
    collect();
    after = heapUsed();
  };
}

/** Bytes: a thirtieth of what the process has with a small model open. */
const GROWTH = 8 * 2 ** 20;

const heapUsed = (): number => getHeapStatistics().used_heap_size;
