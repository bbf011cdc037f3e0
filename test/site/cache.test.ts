import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cached } from '../../site/lib/charts/cache.ts';
import { tempDir } from '../temp.ts';

/** Makes its text once for each call, and counts. */
function maker(text: string) {
  const made = { count: 0 };
  const make = async () => {
    made.count++;
    return Buffer.from(text);
  };
  return { made, make };
}

test('what is made from the same things is made once', async (t) => {
  const dir = tempDir(t);
  const { made, make } = maker('drawing');
  assert.equal(String(await cached(dir, 'a.svg', ['rows', 'spec'], make)), 'drawing');
  assert.equal(String(await cached(dir, 'a.svg', ['rows', 'spec'], make)), 'drawing');
  assert.equal(made.count, 1);
});

test('what is made from other things is made again, and takes the place of the old', async (t) => {
  const dir = tempDir(t);
  const { made, make } = maker('drawing');
  await cached(dir, 'a.svg', ['rows', 'spec'], make);
  await cached(dir, 'a', ['rows', 'spec'], make);
  await cached(dir, 'a.svg', ['rowss', 'pec'], make);
  assert.equal(made.count, 3);
  assert.equal(readdirSync(dir).length, 2);
});

test('a kept file with a changed byte, or cut short, is made again', async (t) => {
  const dir = tempDir(t);
  const { made, make } = maker('drawing');
  await cached(dir, 'a.svg', ['rows'], make);
  const file = join(dir, readdirSync(dir)[0]!);
  const kept = readFileSync(file, 'utf8');
  for (const broken of [kept.replace('drawing', 'drawinG'), kept.slice(0, -1), '']) {
    writeFileSync(file, broken);
    assert.equal(String(await cached(dir, 'a.svg', ['rows'], make)), 'drawing');
  }
  assert.equal(made.count, 4);
});
