/** What a stage took. */
export interface Cost {
  readonly seconds: number;
  /** The most memory that the process had, in MB, sampled. */
  readonly peak_mb: number;
}

/** Time between two samples of the memory. */
const INTERVAL = 250; // milliseconds

/** Run some work, and measure what it takes. */
export async function measureCost(work: () => Promise<void>): Promise<Cost> {
  const start = performance.now();
  let peak = 0;
  const sample = () => {
    peak = Math.max(peak, process.memoryUsage.rss());
  };
  const timer = setInterval(sample, INTERVAL);
  try {
    await work();
  } finally {
    clearInterval(timer);
    sample();
  }
  const seconds = (performance.now() - start) / 1000;
  return { seconds: Number(seconds.toFixed(1)), peak_mb: Math.round(peak / 1e6) };
}
