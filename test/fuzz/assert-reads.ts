import assert from 'node:assert/strict';

export interface Attempt {
  /** The folder that holds what is read, which a message must name. */
  readonly dir: string;
  /** Bytes of what is read. */
  readonly size: number;
  readonly read: () => unknown;
}

/** Memory that reading may take: a few times a file's size, and what the process itself takes meanwhile. */
const MOST_MEMORY = (size: number): number => 32 * size + 96 * 2 ** 20;
const MOST_MILLISECONDS = 5_000;

/**
 * Read a file that may be anything: either it is read, or there is one line that names it.
 * @returns whether it was read
 */
export async function assertReads({ dir, size, read }: Attempt): Promise<boolean> {
  const before = memoryTaken();
  const start = performance.now();
  let failure: unknown = null;
  try {
    await read();
  } catch (error) {
    failure = error;
  }
  const milliseconds = performance.now() - start;
  assert.ok(milliseconds < MOST_MILLISECONDS, `took ${milliseconds} ms`);
  const taken = memoryTaken() - before;
  assert.ok(taken < MOST_MEMORY(size), `${size} bytes took ${taken} bytes of memory`);
  if (failure !== null) assertOneLine(failure, dir);
  return failure === null;
}

function assertOneLine(error: unknown, dir: string): void {
  assert.ok(error instanceof Error);
  const { message, stack } = error;
  assert.equal(error.constructor, Error, stack);
  assert.ok(message.includes(dir), `names no file: ${message}`);
  assert.doesNotMatch(message, /[\p{Cc}\p{Zl}\p{Zp}]/u);
  assert.ok(message.length < 1000 + dir.length, message);
  assert.match(message, /: [^:]*[a-z][^:]*$/, 'has a remedy');
}

function memoryTaken(): number {
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return arrayBuffers + heapUsed;
}
