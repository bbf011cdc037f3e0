import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkTables } from '../../pipeline/rehearsal/check-tables.ts';
import { writeManifest } from '../../pipeline/schema/manifest.ts';
import { sha256 } from '../../pipeline/schema/sha256.ts';
import { real, table } from '../../pipeline/schema/table.ts';
import { PROVENANCE } from '../provenance.ts';
import { tempDir } from '../temp.ts';

const provenance = { ...PROVENANCE, study: 'rehearsal', kind: 'run' } as const;

test('tables that are empty, unwritten, altered or gone are named', (t) => {
  const dir = tempDir(t);
  const stages = ['full', 'empty', 'altered', 'gone', 'unwritten'].map((name) => ({
    writes: [table(name, 'one', { x: real('a number') })],
  }));
  assert.deepEqual(checkTables(dir, stages), [`${dir}: no manifest`]);
  const entries = ['full', 'empty', 'altered', 'gone'].map((name) => {
    const data = Buffer.from(name);
    writeFileSync(join(dir, `${name}.parquet`), data);
    const rows = name === 'empty' ? 0 : 3;
    const entry = { table: name, row: 'one', rows, bytes: data.length, sha256: sha256(data) };
    return [`${name}.parquet`, { ...entry, stage: '1', metadata: provenance }];
  });
  writeManifest(dir, { ...provenance, files: Object.fromEntries(entries), stages: {} });
  writeFileSync(join(dir, 'altered.parquet'), 'Altered');
  rmSync(join(dir, 'gone.parquet'));
  const faults = checkTables(dir, stages).join('\n');
  assert.match(
    faults,
    /^empty.parquet: no row\nunwritten.parquet: not written\naltered.parquet: altered .*\ngone.parquet: missing$/,
  );
});
