import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertReads } from './assert-reads.ts';

const attempt = (read: () => unknown) => assertReads({ dir: '/a', size: 10, read });
const fail = (error: Error) => () => {
  throw error;
};

test('what is read, and what is refused in one line', async () => {
  assert.equal(await attempt(() => 1), true);
  assert.equal(await attempt(fail(new Error('/a/x: truncated: fetch it again'))), false);
});

const FAULTS: Readonly<Record<string, () => unknown>> = {
  'an error of the program': fail(new TypeError('/a/x: undefined: fetch it again')),
  'an error of the program that waits': () => Promise.reject(new RangeError('/a/x: no: do')),
  'a line without the file': fail(new Error('truncated: fetch it again')),
  'a line without a remedy': fail(new Error('/a/x')),
  'two lines': fail(new Error('/a/x: a\nb: fetch it again')),
  'a control character': fail(new Error('/a/x: \0: fetch it again')),
  'a very long line': fail(new Error(`/a/x: ${'a'.repeat(2000)}: fetch it again`)),
  'more memory than the file says': () => Buffer.alloc(2 ** 28),
  'more memory, and an error': async () => {
    const taken = Buffer.alloc(2 ** 28);
    await Promise.resolve();
    throw new Error(`/a/x: ${taken.length}: fetch it again`);
  },
};

for (const [name, read] of Object.entries(FAULTS))
  test(`found: ${name}`, () => assert.rejects(attempt(read), assert.AssertionError));
