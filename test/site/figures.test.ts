import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cellPicture } from '../../site/lib/charts/cell-picture.ts';
import {
  compileChart,
  drawChart,
  type Figure,
  type FigureSpec,
} from '../../site/lib/charts/figure.ts';
import { partsOf, rowsShownFirst } from '../../site/lib/charts/figure-rows.ts';
import { textWidth } from '../../site/lib/charts/text-width.ts';
import { openDatabase } from '../../site/lib/queries/query.ts';
import { openResults } from '../../site/lib/queries/results.ts';
import { tempDir } from '../temp.ts';
import { writeFixture } from './fixture.ts';
import { writeFullSize } from './full-size-fixture.ts';

const FIGURES = join(import.meta.dirname, '../../site/figures');
const SNAPSHOTS = join(import.meta.dirname, 'snapshots');

// After a change that is meant: node --test --test-update-snapshots test/site/figures.test.ts
test('every figure draws and describes fixed data as it did', async (t) => {
  const dir = tempDir(t);
  const database = await openDatabase(openResults(await writeFixture(dir)), writeFullSize(dir));
  for (const id of readdirSync(FIGURES))
    await t.test(id, async (t) => {
      const spec: FigureSpec = (await import(join(FIGURES, id, 'spec.ts'))).default;
      const figure = spec('95 %');
      const rows = await database.all(readFileSync(join(FIGURES, id, 'query.sql'), 'utf8'));
      for (const column of Object.keys(figure.columns)) assert.ok(column in rows[0]!, column);
      const shown = rowsShownFirst(figure.controls?.(rows) ?? [], rows);
      const [first] = partsOf(figure, rows).values();
      const image = figure.cells && (await cellPicture(figure.cells(first!)));
      const chart = compileChart(figure, rows, image);
      // Arms and templates that share a row stand apart by a scale; it needs the row's height.
      assert.doesNotMatch(JSON.stringify(chart), /bandwidth\('undefined'\)/);
      const svg = await drawChart(chart, first!, 640);
      assert.doesNotMatch(svg, /undefined|NaN/);
      t.assert.fileSnapshot(
        [figure.describe(shown), figure.n(shown), svg.replaceAll('><', '>\n<'), ''].join('\n'),
        join(SNAPSHOTS, `${id}.snapshot`),
        { serializers: [String] },
      );
    });
});

test('no figure has more colours than can be told apart, and names a series each', async (t) => {
  const dir = tempDir(t);
  const database = await openDatabase(openResults(await writeFixture(dir)), writeFullSize(dir));
  const spec: FigureSpec = (await import(join(FIGURES, 'ablation-dose/spec.ts'))).default;
  const [row] = await database.all(readFileSync(join(FIGURES, 'ablation-dose/query.sql'), 'utf8'));
  const rows = Array.from({ length: 18 }, (_, i) => i).flatMap((i) =>
    [1, 2, 5].map((k) => ({ ...row!, sae_id: `res_${i}`, k, mean: (i - 9) * k })),
  );
  const svg = await drawChart(compileChart(spec('95 %'), rows), rows, 640);
  const named = [...svg.matchAll(/>(res_\d+)<\/text>/g)].map(([, name]) => name!);
  assert.deepEqual(named, ['res_0', 'res_1', 'res_17', 'res_16', 'res_2']);
  for (const i of [1, 2, 3, 4, 5]) assert.ok(svg.includes(`var(--series-${i})`));
});

test('a figure of means says the level of the study’s intervals, one of released data that of its own', async () => {
  const figureOf = async (id: string): Promise<Figure> => {
    const spec: FigureSpec = (await import(join(FIGURES, id, 'spec.ts'))).default;
    return spec('80 %');
  };
  const labels = async (id: string) =>
    Object.values((await figureOf(id)).columns).map(({ label }) => label);
  for (const id of readdirSync(FIGURES)) {
    const intervals = (await labels(id)).filter((label) => label.endsWith('% interval, from'));
    const level = id.startsWith('audit-') ? '95 %' : '80 %';
    for (const label of intervals) assert.equal(label, `${level} interval, from`, id);
  }
  const row = {
    finding: 'x',
    template: 'short',
    topic: 'Rivers',
    mean: 1,
    ci_low: 0,
    ci_high: 2,
    n: 3,
  };
  const { chart, describe } = await figureOf('tokens-per-item');
  assert.match(JSON.stringify(chart([row])), /80 % interval from/);
  assert.match(describe([row]), /\(80 % interval 0\.0 to 2\.0\)/);
});

test('labels of an axis do not touch, however many round steps it has', async () => {
  const spec: FigureSpec = (await import(join(FIGURES, 'sae-quality/spec.ts'))).default;
  const rows = Array.from({ length: 13 }, (_, i) => ({
    quantity: 'variance left unexplained',
    at: 'every token',
    sae_id: `res_${i}`,
    value: 0.028 + 0.0204 * i,
    n: 10,
  }));
  const svg = await drawChart(compileChart(spec('95 %'), rows), rows, 640);
  const label =
    /<text text-anchor="(\w+)" transform="translate\(([\d.]+),\d+\)"[^>]*opacity="1">([\d.]+)</g;
  const spans = [...svg.matchAll(label)].map(([, anchor, x, text]) => {
    const width = textWidth({ fontSize: 12 }, text);
    const left = Number(x) - { start: 0, middle: width / 2, end: width }[anchor!]!;
    return [left, left + width] as const;
  });
  assert.ok(spans.length > 4);
  for (const [i, [left]] of spans.entries())
    assert.ok(i === 0 || left - spans[i - 1]![1] >= 8, `label ${i}`);
});
