import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadModel } from '../../../pipeline/subjects/load-model.ts';
import { WORK } from './measured.ts';

const DIR = fileURLToPath(new URL('../../../data/models/miniature', import.meta.url));
const SCRIPT = fileURLToPath(new URL('measured.ts', import.meta.url));
const skip = process.platform !== 'linux' && 'Linux alone tells the memory of a process';

for (const [name, work] of Object.entries(WORK))
  test(`the plan of ${name} is within a quarter of its measured peak`, { skip }, async () => {
    // In a process of its own, whose memory holds nothing else.
    const child = spawnSync(process.execPath, [SCRIPT, DIR, name], { encoding: 'utf8' });
    assert.equal(child.status, 0, child.stderr);
    const [measured, planned] = [Number(child.stdout), await work.planned(loadModel(DIR))];
    const ratio = measured / planned;
    assert.ok(ratio > 0.75 && ratio < 1.25, `${measured} bytes measured, ${planned} planned`);
  });
