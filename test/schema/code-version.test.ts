import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { codeParts, codeVersion, pinnedVersion } from '../../pipeline/schema/code-version.ts';
import { tempDir } from '../temp.ts';

/** A repository of these files. */
function repository(t: TestContext, files: Readonly<Record<string, string>>) {
  const root = tempDir(t);
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  };
  for (const [name, text] of Object.entries(files)) write(name, text);
  return {
    write,
    parts: (name = 'code/entry.ts') => codeParts(join(root, name), root),
    version: (name = 'code/entry.ts') => codeVersion(pathToFileURL(join(root, name)).href, root),
  };
}

const ENTRY = `
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { z } from 'zod';
import { mini } from '@scope/pkg/deep/mini.js';
import virtual from 'astro:content';
import type { Shape } from './types.ts';
import {
  a,
  b,
} from "./deep.ts";
import picture from './Picture.astro';
import query from './query.sql?raw';
// import './stranger.ts';
/* import { x } from './stranger.ts'; new URL('./stranger.ts', import.meta.url) */
const text = "import './stranger.ts'";
const more = \`
import { x } from './stranger.ts';
new URL('./stranger.ts', import.meta.url)\`;
export type { Other } from './types.ts';
const shape: import('./types.ts').Shape = 'stranger.ts';
const worker = new URL('./worker.ts', import.meta.url);
const rows = new URL(
  "./rows.yaml",
  import.meta.url,
);
const root = new URL('..', import.meta.url);
const later = new URL('./not-there-yet.json', import.meta.url);
const require = createRequire(import.meta.url).resolve('./stranger.ts');
const open = () => import('./late.ts');
if (import.meta.main) open();
`;

const FILES = {
  'package.json': '{"dependencies": {"zod": "4.0.0", "@scope/pkg": "1.0.0", "unused": "1.0.0"}}',
  'node_modules/zod/package.json': '{"version": "4.0.0"}',
  'node_modules/@scope/pkg/package.json': '{"version": "1.0.0"}',
  'node_modules/unused/package.json': '{"version": "1.0.0"}',
  'code/entry.ts': ENTRY,
  'code/deep.ts': "export * from './deeper.ts';\nexport { c } from './named.ts';",
  'code/deeper.ts': "import './entry.ts';",
  'code/named.ts': '// 1',
  'code/late.ts': '// 1',
  'code/worker.ts': "import './from-worker.ts';",
  'code/from-worker.ts': '// 1',
  'code/rows.yaml': '# import "./stranger.ts"',
  'code/query.sql': '-- 1',
  'code/Picture.astro': "---\nimport './stranger.ts';\n---",
  'code/types.ts': '// 1',
  'code/stranger.ts': '// 1',
};

const RUNS = [
  'code/entry.ts',
  'code/deep.ts',
  'code/deeper.ts',
  'code/named.ts',
  'code/late.ts',
  'code/worker.ts',
  'code/from-worker.ts',
  'code/rows.yaml',
  'code/query.sql',
  'code/Picture.astro',
];

test('the parts are the files that a module runs, and the packages among its imports', (t) => {
  const { parts } = repository(t, FILES);
  const packages = ['package zod', 'package @scope/pkg'];
  assert.deepEqual([...parts().keys()].sort(), [...RUNS, ...packages].sort());
  assert.equal(parts().get('package zod'), '4.0.0/4.0.0');
  // `printf '// 1' | sha256sum`
  assert.equal(parts().get('code/named.ts'), '43062ea38b54668d');
});

test('the version follows every file that runs; not types, nor what comments and texts name', (t) => {
  const { write, version } = repository(t, FILES);
  let before = version();
  assert.equal(version(), before);
  for (const name of ['code/types.ts', 'code/stranger.ts']) {
    write(name, '// 2');
    assert.equal(version(), before, name);
  }
  for (const name of RUNS) {
    const was = FILES[name as keyof typeof FILES];
    write(name, `${was}\n`);
    assert.notEqual(version(), before, name);
    write(name, was);
    assert.equal(version(), before, name);
  }
  write('code/not-there-yet.json', '{}');
  assert.notEqual(version(), before, 'a data file appears');
  before = version();
  write('code/deep.ts', "export * from './stranger.ts';");
  assert.notEqual(version(), before, 'an import is replaced');
});

test('the version follows the pinned and the installed versions of the packages that run', (t) => {
  const { write, version, parts } = repository(t, FILES);
  const before = version();
  write('node_modules/unused/package.json', '{"version": "2.0.0"}');
  assert.equal(version(), before);
  write('node_modules/@scope/pkg/package.json', '{"version": "1.0.1"}');
  assert.equal(parts().get('package @scope/pkg'), '1.0.0/1.0.1');
  const installed = version();
  assert.notEqual(installed, before);
  write('package.json', '{"dependencies": {"@scope/pkg": "1.0.1"}}');
  assert.equal(parts().get('package zod'), 'none/4.0.0');
  assert.notEqual(version(), installed);
});

test('a type that is imported beside a value, or alone in braces, leaves the import: Node runs it', (t) => {
  const { parts } = repository(t, {
    'entry.ts':
      "import { type A, b } from './a.ts';\nimport { type C } from './c.ts';\ntype D = A;",
    'a.ts': '',
    'c.ts': '',
  });
  assert.deepEqual([...parts('entry.ts').keys()].sort(), ['a.ts', 'c.ts', 'entry.ts']);
});

test('a syntax error or a missing import is one line that names the file', (t) => {
  const { parts, write } = repository(t, {
    'entry.ts': "import './broken.ts';",
    'broken.ts': 'export const a = 1;\nexport const b = ;\n',
  });
  assert.throws(() => parts('entry.ts'), {
    message: 'broken.ts:2:18: syntax error: Expression expected: correct the file',
  });
  write('broken.ts', "import './nowhere.ts';");
  assert.throws(() => parts('entry.ts'), {
    message: 'broken.ts imports ./nowhere.ts, which is missing: correct the import',
  });
});

test('a stage of this repository runs files of several rooms, and data', () => {
  const generate = codeParts('pipeline/stages/1-generate.ts');
  assert.ok(generate.has('pipeline/graph/builder.ts'));
  const runtime = pinnedVersion('onnxruntime-node');
  assert.equal(generate.get('package onnxruntime-node'), `${runtime}/${runtime}`);
  assert.ok(!generate.has('pipeline/miniature/topics.ts'));
  assert.ok(codeParts('pipeline/miniature/topics.ts').has('pipeline/miniature/topics.yaml'));
});
