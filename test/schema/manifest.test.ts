import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  fileProblem,
  type Manifest,
  readManifest,
  verify,
  writeManifest,
} from '../../pipeline/schema/manifest.ts';
import { sha256 } from '../../pipeline/schema/sha256.ts';
import { PROVENANCE } from '../provenance.ts';
import { tempDir } from '../temp.ts';

const provenance = PROVENANCE;

/** Two files and their manifest. */
function folder(t: TestContext): { dir: string; manifest: Manifest } {
  const dir = tempDir(t);
  const files = Object.fromEntries(
    ['a', 'b'].map((table) => {
      const data = Buffer.from(`PAR1 table ${table} PAR1`);
      writeFileSync(join(dir, `${table}.parquet`), data);
      const entry = { table, row: 'one', rows: 1, bytes: data.length, sha256: sha256(data) };
      return [`${table}.parquet`, { ...entry, stage: '1', metadata: provenance }];
    }),
  );
  const cost = { seconds: 1.5, peak_mb: 300 };
  const stages = { 1: { key: 'k', parts: { 'setting seed': '1' }, ...cost } };
  writeManifest(dir, { ...provenance, files, stages });
  return { dir, manifest: readManifest(dir)! };
}

test('files as written verify', (t) => {
  const { dir, manifest } = folder(t);
  assert.deepEqual(verify(dir, manifest), []);
});

test('one flipped bit anywhere is found, and the file named', (t) => {
  const { dir, manifest } = folder(t);
  const path = join(dir, 'b.parquet');
  const data = readFileSync(path);
  for (let at = 0; at < data.length; at++) {
    const altered = Buffer.from(data);
    altered[at]! ^= 1;
    writeFileSync(path, altered);
    const faults = verify(dir, manifest);
    assert.equal(faults.length, 1);
    assert.match(faults[0]!, /^b\.parquet: altered \(SHA-256 /);
  }
});

test('a missing file, and one that the manifest does not know, are named', (t) => {
  const { dir, manifest } = folder(t);
  rmSync(join(dir, 'a.parquet'));
  assert.deepEqual(verify(dir, manifest), ['a.parquet: missing']);
  assert.equal(fileProblem(dir, manifest, 'c.parquet'), 'c.parquet: missing');
});

test('no manifest is null; a broken one says which', (t) => {
  const dir = tempDir(t);
  assert.equal(readManifest(dir), null);
  writeFileSync(join(dir, 'manifest.json'), '{');
  assert.throws(
    () => readManifest(dir),
    /manifest\.json: not JSON: delete it and run the study again$/,
  );
});

/** Whole files in place of a manifest. */
const OTHER: Readonly<Record<string, readonly [string, RegExp]>> = {
  'an empty file': [
    '',
    /manifest\.json: not JSON, it is empty: delete it and run the study again$/,
  ],
  null: ['null', /manifest\.json: null, where an object is expected: delete it and run/],
  'a list': ['[]', /manifest\.json: a list, where an object is expected: delete it and run/],
  'an empty object': ['{}', /manifest\.json: study: [^\n]*: delete it and run the study again$/],
  'a key twice': ['{"seed": 1, "seed": 2}', /manifest\.json: the key "seed" stands twice: delete/],
};
for (const [name, [content, message]] of Object.entries(OTHER))
  test(`refused in one line: ${name}`, (t) => {
    const { dir } = folder(t);
    writeFileSync(join(dir, 'manifest.json'), content);
    assert.throws(() => readManifest(dir), { message });
  });

test('refused in one line: a folder', (t) => {
  const dir = tempDir(t);
  mkdirSync(join(dir, 'manifest.json'));
  assert.throws(() => readManifest(dir), {
    message: `${join(dir, 'manifest.json')}: a folder, where a file is expected: delete it and run the study again`,
  });
});

const WRONG: Readonly<Record<string, [object, RegExp]>> = {
  'lacks a field': [{ seed: undefined }, /json: seed: [^\n]*: delete it and run the study again$/],
  'has one of another type': [{ seed: '1' }, /json: seed: [^\n]*: delete it and/],
  'has one that is not known': [{ color: 1 }, /json: Unrecognized key: "color": delete it and/],
  'has a file of another folder': [
    { files: { '../../other.parquet': {} } },
    /json: files\.\.\.\/\.\.\/other\.parquet: [^\n]*: delete it and/,
  ],
  'has a file without a hash': [
    { files: { 'a.parquet': { table: 'a' } } },
    /json: files\.a\.parquet\.[^\n]*: delete it and/,
  ],
};
for (const [name, [change, message]] of Object.entries(WRONG))
  test(`a manifest that ${name} is refused in one line`, (t) => {
    const { dir, manifest } = folder(t);
    writeFileSync(join(dir, 'manifest.json'), JSON.stringify({ ...manifest, ...change }));
    assert.throws(() => readManifest(dir), { message });
  });

test('a file is called as its table', (t) => {
  const { dir, manifest } = folder(t);
  const [[file, entry]] = Object.entries(manifest.files) as [[string, object]];
  const files = { ...manifest.files, [file]: { ...entry, table: 'other' } };
  writeFileSync(join(dir, 'manifest.json'), JSON.stringify({ ...manifest, files }));
  assert.throws(() => readManifest(dir), {
    message: /json: files: a file that is not called as its table: delete it and/,
  });
});

test('the reader can name another remedy', (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'manifest.json'), '[]');
  assert.throws(() => readManifest(dir, 'fetch it'), /manifest\.json: [^\n]*: fetch it$/);
});
