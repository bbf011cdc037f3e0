import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadStudy } from '../../pipeline/study/load-study.ts';
import { tempDir } from '../temp.ts';
import { MINIATURE, STUDIES } from './miniature-study.ts';

test('an unknown study is answered with the known ones', () => {
  for (const name of ['nosuch', '../studies/miniature'])
    assert.throws(() => loadStudy(STUDIES, name), {
      message: `unknown study: ${name} (known: gemma-2-2b-it, gemma-3-270m, miniature, original, smollm2-135m-instruct)`,
    });
});

test('a study goes by the name of its file', (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'other.yaml'), MINIATURE);
  assert.throws(() => loadStudy(dir, 'other'), {
    message: `${join(dir, 'other.yaml')}: name: expected "other" as the file is called, received "miniature"`,
  });
});
