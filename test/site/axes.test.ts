import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, View } from 'vega';
import { compile } from 'vega-lite';
import { FROM_EITHER_END, itemAxis } from '../../site/lib/charts/axes.ts';

/** The words that a chart of points by item shows at a width. */
async function wordsOf(places: readonly number[], width: number): Promise<string[]> {
  const { spec } = compile({
    width,
    data: { values: places.map((place) => ({ place })) },
    mark: 'point',
    encoding: { x: itemAxis({ labelExpr: FROM_EITHER_END }) },
  } as Parameters<typeof compile>[0]);
  const view = await new View(parse(spec), { renderer: 'none' }).runAsync();
  return [...(await view.toSVG()).matchAll(/>([^<]+)<\/text>/g)].map(([, word]) => word!);
}

test('only a count from the end has a last item at 0', async () => {
  const places = (from: number, end: number) =>
    Array.from({ length: end - from }, (_, i) => from + i);
  for (const length of [3, 30])
    for (const width of [240, 620]) {
      const ends = await wordsOf(places(1 - length, 1), width);
      assert.ok(ends.includes('last'), `the last ${length} at ${width}`);
      const starts = await wordsOf(places(1, length + 1), width);
      assert.ok(!starts.includes('last'), `the first ${length} at ${width}`);
    }
});
