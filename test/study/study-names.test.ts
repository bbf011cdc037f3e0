import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { loadStudy } from '../../pipeline/study/load-study.ts';
import { tempDir } from '../temp.ts';
import { MINIATURE, STUDIES } from './miniature-study.ts';

test('an unknown study is answered with the known ones', () => {
  const known = readdirSync(STUDIES).map((file) => basename(file, '.yaml'));
  assert.ok(known.includes('miniature'));
  for (const name of ['nosuch', '../studies/miniature'])
    assert.throws(() => loadStudy(STUDIES, name), {
      message: `unknown study: ${name} (known: ${known.sort().join(', ')})`,
    });
});

test('a study goes by the name of its file', (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'other.yaml'), MINIATURE);
  assert.throws(() => loadStudy(dir, 'other'), {
    message: `${join(dir, 'other.yaml')}: name: expected "other" as the file is called, received "miniature"`,
  });
});
