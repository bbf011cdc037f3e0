import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { FigureSpec } from '../../site/lib/charts/figure.ts';
import { openDatabase, type Row } from '../../site/lib/queries/query.ts';
import { openResults } from '../../site/lib/queries/results.ts';
import { tempDir } from '../temp.ts';
import { writeFixture } from './fixture.ts';

const FIGURES = join(import.meta.dirname, '../../site/figures');

test('figures of blanks, where no item has a blank after it', async (t) => {
  const database = await openDatabase(openResults(await writeFixture(tempDir(t))));
  const rowsOf = (id: string) => database.all(readFileSync(join(FIGURES, id, 'query.sql'), 'utf8'));
  const figureOf = async (id: string) => {
    const spec: FigureSpec = (await import(join(FIGURES, id, 'spec.ts'))).default;
    return spec('95 %');
  };
  const ids = ['blanks-by-topic', 'blanks-from-end', 'temperature'];
  const before = new Map<string, Row[]>();
  for (const id of ids) before.set(id, await rowsOf(id));
  await database.all('CREATE TABLE explored AS FROM exploration');
  await database.all("UPDATE explored SET mean = 0 WHERE metric = 'blank_after'");
  await database.all('CREATE OR REPLACE VIEW exploration AS FROM explored');

  for (const id of ids.slice(0, 2))
    await t.test(`${id} is a sentence`, async () => {
      const { instead } = await figureOf(id);
      const [rows, without] = [before.get(id)!, await rowsOf(id)];
      assert.equal(instead!(rows), undefined);
      assert.equal(without.length, rows.length);
      assert.match(instead!(without)!, /^(In no|None of) .* blank .*\.$/);
      assert.equal(instead!([]), undefined); // no row is another matter
    });

  await t.test('temperature begins with what its lists have', async () => {
    const { controls } = await figureOf('temperature');
    const quantities = (rows: readonly Row[]) =>
      controls!(rows)[0]!.options.map(({ value }) => value);
    const [first, ...others] = quantities(before.get('temperature')!);
    assert.equal(first, 'blank after the last item');
    assert.deepEqual(quantities(await rowsOf('temperature')), others);
  });
});
