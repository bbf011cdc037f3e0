import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, View } from 'vega';
import { compile } from 'vega-lite';
import { FROM_EITHER_END, itemAxis, legendColumns } from '../../site/lib/charts/chart-parts.ts';

/** The words that a chart of points by item, in a colour each SAE, shows at a width. */
async function wordsOf(places: readonly number[], saes: readonly string[], width: number) {
  const values = places.flatMap((place) => saes.map((sae) => ({ place, sae })));
  const { spec } = compile({
    width,
    data: { values },
    mark: 'point',
    encoding: {
      x: itemAxis({ labelExpr: FROM_EITHER_END }),
      color: {
        field: 'sae',
        type: 'nominal',
        legend: {
          orient: 'top',
          columns: legendColumns(saes),
          columnPadding: 6,
          labelFontSize: 12,
        },
      },
    },
  } as Parameters<typeof compile>[0]);
  const view = await new View(parse(spec), { renderer: 'none' }).runAsync();
  const svg = await view.toSVG();
  return { svg, words: [...svg.matchAll(/>([^<]+)<\/text>/g)].map(([, word]) => word!) };
}

test('only a count from the end has a last item at 0', async () => {
  const places = (from: number, end: number) =>
    Array.from({ length: end - from }, (_, i) => from + i);
  for (const length of [3, 30])
    for (const width of [240, 620]) {
      const ends = await wordsOf(places(1 - length, 1), ['res_0'], width);
      assert.ok(ends.words.includes('last'), `the last ${length} at ${width}`);
      const starts = await wordsOf(places(1, length + 1), ['res_0'], width);
      assert.ok(!starts.words.includes('last'), `the first ${length} at ${width}`);
    }
});

test('a legend has no more columns than fit beside each other', async () => {
  const saes = Array.from({ length: 13 }, (_, i) => `res_${10 + i}`);
  for (const width of [240, 620]) {
    const { svg } = await wordsOf([1, 2], saes, width);
    const [, drawn] = /<svg[^>]* width="([\d.]+)"/.exec(svg)!;
    // Beside the plot stand its axis and the padding alone.
    assert.ok(Number(drawn) < width + 60, `${drawn} wide for a plot of ${width}`);
  }
});
