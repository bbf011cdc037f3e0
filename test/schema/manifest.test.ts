import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
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

const WRONG: Readonly<Record<string, [object, RegExp]>> = {
  'lacks a field': [{ seed: undefined }, /json: seed: [^\n]*: delete it and run the study again$/],
  'has one of another type': [{ seed: '1' }, /json: seed: [^\n]*: delete it and/],
  'has one that is not known': [{ color: 1 }, /json: Unrecognized key: "color": delete it and/],
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

test('the reader can name another remedy', (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'manifest.json'), '[]');
  assert.throws(() => readManifest(dir, 'fetch it'), /manifest\.json: [^\n]*: fetch it$/);
});
