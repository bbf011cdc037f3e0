import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { codeVersion } from '../../pipeline/schema/code-version.ts';
import { tempDir } from '../temp.ts';

const ENTRY = `
import { writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { Shape } from './types.ts';
import {
  a,
  b,
} from './deep.ts';
const worker = new URL('./worker.ts', import.meta.url);
const rows = 'rows.yaml';
`;

test('the version follows what runs: imports of imports, workers, data; not types or strangers', (t) => {
  const dir = tempDir(t);
  const write = (name: string, text: string) => writeFileSync(join(dir, name), text);
  const version = () => codeVersion(pathToFileURL(join(dir, 'entry.ts')).href);
  write('entry.ts', ENTRY);
  write('deep.ts', "export * from './deeper.ts';");
  for (const name of ['deeper.ts', 'worker.ts', 'rows.yaml', 'types.ts', 'stranger.ts'])
    write(name, '// 1');
  let before = version();
  assert.equal(version(), before);
  for (const name of ['types.ts', 'stranger.ts']) {
    write(name, '// 2');
    assert.equal(version(), before, name);
  }
  for (const name of ['deeper.ts', 'worker.ts', 'rows.yaml']) {
    write(name, '// 2');
    assert.notEqual(version(), before, name);
    before = version();
  }
});
