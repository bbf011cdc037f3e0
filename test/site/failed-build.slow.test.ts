import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { readManifest, writeManifest } from '../../pipeline/schema/manifest.ts';
import { tempDir } from '../temp.ts';
import { buildCommand, privateRoot } from './built-site.ts';
import { writeFixture } from './fixture.ts';

/** A last report, and a build that would take its place. */
async function lastReport(t: TestContext) {
  const dist = join(tempDir(t), 'dist');
  mkdirSync(dist);
  writeFileSync(join(dist, 'index.html'), 'the last report');
  const results = tempDir(t);
  const dir = await writeFixture(results);
  const root = privateRoot();
  t.after(() => rmSync(root, { recursive: true }));
  const { args, env } = buildCommand(dist, results);
  const build = () =>
    spawn(process.execPath, args, { cwd: root, env: { ...process.env, ...env }, stdio: 'pipe' });
  const isWhole = () => {
    assert.equal(readFileSync(join(dist, 'index.html'), 'utf8'), 'the last report');
    assert.deepEqual(readdirSync(dist), ['index.html']);
  };
  return { dist, dir, root, build, isWhole };
}

const besides = (dist: string): string[] =>
  readdirSync(dirname(dist)).filter((name) => name !== 'dist');

test('a build that is killed, or that refuses a mixed study, leaves the last report whole', async (t) => {
  const { dist, dir, root, build, isWhole } = await lastReport(t);

  await t.test('killed while it writes', async () => {
    const child = build();
    const isBegun = (name: string) => readdirSync(join(dirname(dist), name)).length > 0;
    const written = () => besides(dist).some(isBegun);
    while (!written() && child.exitCode === null) await setTimeout(50);
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    assert.equal(child.signalCode, 'SIGKILL');
    isWhole();
    assert.ok(besides(dist).length > 0);
  });

  await t.test('refused, in one line, and what the killed one left is gone', async () => {
    const stage = { key: 'k', parts: { 'setting seed': 'old' }, seconds: 1, peak_mb: 1 };
    const manifest = readManifest(dir)!;
    writeManifest(dir, {
      ...manifest,
      parts: { 'setting seed': 'new' },
      stages: { entropy: stage },
    });
    const child = build();
    let said = '';
    child.stderr.on('data', (data) => {
      said += data;
    });
    const [status] = await once(child, 'close');
    assert.equal(status, 1);
    assert.match(
      said,
      /^error: \S+: stage entropy has not run since its setting seed changed: run npm run compute -- miniature$/m,
    );
    isWhole();
    assert.deepEqual(besides(dist), []);
    const pinned = join(root, '.cache');
    assert.deepEqual(
      existsSync(pinned) ? readdirSync(pinned).filter((name) => name.startsWith('pinned')) : [],
      [],
    );
  });
});
