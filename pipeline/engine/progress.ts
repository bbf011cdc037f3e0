import type { WriteStream } from 'node:tty';
import { Presets, SingleBar } from 'cli-progress';

/** Report that `done` of `total` units of work are finished. */
export type Progress = (done: number, total: number, unit: string) => void;

export interface ProgressDisplay {
  readonly update: Progress;
  stop(): void;
}

/** A progress bar with rate and remaining time; where the output is not a terminal, a line every LINE_INTERVAL. */
export const showProgress = (label: string, output: WriteStream): ProgressDisplay =>
  output.isTTY ? bar(label, output) : lines(label, output);

/** Run asynchronous work with a progress display. */
export async function withProgress<T>(
  label: string,
  output: WriteStream,
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  const display = showProgress(label, output);
  try {
    return await work(display.update);
  } finally {
    display.stop();
  }
}

/** Run synchronous work with a progress display. */
export function withProgressSync<T>(
  label: string,
  output: WriteStream,
  work: (progress: Progress) => T,
): T {
  const display = showProgress(label, output);
  try {
    return work(display.update);
  } finally {
    display.stop();
  }
}

const LINE_INTERVAL = 5; // seconds

function bar(label: string, stream: WriteStream): ProgressDisplay {
  const format = `${label} {bar} {percentage}% | {count} | {rate} | {left} left`;
  const single = new SingleBar({ format, stream, hideCursor: true }, Presets.shades_classic);
  const pace = startPace();
  let started = false;
  // The cursor is hidden, and long lines are cut off, until the bar is stopped: at the latest when the process ends.
  const stop = () => {
    process.off('exit', stop);
    single.stop();
  };
  return {
    update(done, total, unit) {
      const payload = { count: countOf(done, total, unit), ...pace(done, total, unit) };
      if (started) {
        single.setTotal(total);
        return single.update(done, payload);
      }
      started = true;
      process.on('exit', stop);
      single.start(total, done, payload);
    },
    stop,
  };
}

function lines(label: string, output: WriteStream): ProgressDisplay {
  const pace = startPace();
  let next = performance.now() + LINE_INTERVAL * 1000;
  return {
    update(done, total, unit) {
      const { rate, left } = pace(done, total, unit);
      if (performance.now() < next) return;
      next = performance.now() + LINE_INTERVAL * 1000;
      output.write(`${label}  ${countOf(done, total, unit)} | ${rate} | ${left} left\n`);
    },
    stop() {},
  };
}

const countOf = (done: number, total: number, unit: string): string =>
  unit === 'bytes' ? `${byteCount(done)}/${byteCount(total)}` : `${done}/${total} ${unit}`;

/**
 * Rate and remaining time, from the mean rate since the start. Work of another unit that begins anew has a rate of its own;
 * work that goes on under another name, such as the steps of the next SAE, keeps it.
 */
function startPace(): (
  done: number,
  total: number,
  unit: string,
) => Record<'rate' | 'left', string> {
  let start = performance.now();
  let last = { unit: null as string | null, done: 0, total: 0, at: start };
  return (done, total, unit) => {
    const at = performance.now();
    const begins = last.unit !== unit && (done < last.done || total !== last.total);
    if (last.unit !== null && begins) start = last.at;
    last = { unit, done, total, at };
    const perSecond = (1000 * done) / Math.max(1, at - start);
    const left = done > 0 ? duration((total - done) / perSecond) : '?';
    return { rate: rateOf(perSecond, unit), left };
  };
}

/** Work in a time in which some is done: `5.2 MB/s`, `12/s`, `0.4/s`, `2.5/min`. */
export function rateOf(perSecond: number, unit: string): string {
  if (unit === 'bytes') return `${byteCount(perSecond)}/s`;
  return perSecond < 0.1
    ? `${(60 * perSecond).toFixed(1)}/min`
    : `${perSecond.toFixed(perSecond < 10 ? 1 : 0)}/s`;
}

/** Bytes with a unit: `5.2 GB`, `302 MB`. */
export function byteCount(bytes: number): string {
  const [size, unit] = bytes >= 1e9 ? [bytes / 1e9, 'GB'] : [bytes / 1e6, 'MB'];
  return `${size.toFixed(size < 10 ? 1 : 0)} ${unit}`;
}

/** Seconds with units: `1.4 s`, `14 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}
