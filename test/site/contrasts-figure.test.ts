import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, View } from 'vega';
import figureOf from '../../site/figures/ablation-contrasts/spec.ts';
import { compileChart, ROWS } from '../../site/lib/charts/figure.ts';
import type { Row } from '../../site/lib/queries/query.ts';

const row = (chosen: string, control: string): Row => ({
  ...{
    chosen,
    control,
    set_to: 'zero',
    measure: 'items',
    protocol: 'from-prompt',
    sae_id: 'res_0',
  },
  ...{ mean: 1, ci_low: 0.5, ci_high: 1.5, share_topics: 0.9, n_cut: 0, n: 69 },
});

/** The controls that the chart names, where features are chosen in one way or the other. */
async function namedIn(rows: readonly Row[], chosen: string): Promise<string[]> {
  const view = new View(parse(compileChart(figureOf('95 %'), rows)), { renderer: 'none' });
  view.data(ROWS, [...rows]).signal('chosen', chosen);
  const svg = await (await view.runAsync()).toSVG();
  view.finalize();
  return [...svg.matchAll(/>(random|same \w+)<\/text>/g)].map(([, name]) => name!);
}

test('the figure of contrasts names the controls that there are, of the features that are chosen', async () => {
  const rows = [
    row('on other topics', 'random'),
    ...['same mass', 'random', 'same norm'].map((control) => row('list by list', control)),
  ];
  assert.deepEqual(await namedIn(rows, 'on other topics'), ['random']);
  assert.deepEqual(await namedIn(rows, 'list by list'), ['random', 'same norm', 'same mass']);
  const without = rows.filter(({ control }) => control !== 'same mass');
  assert.deepEqual(await namedIn(without, 'list by list'), ['random', 'same norm']);
  const { chart } = figureOf('95 %');
  assert.ok(JSON.stringify(chart(rows)).includes('same mass'));
  assert.ok(!JSON.stringify(chart(without)).includes('same mass'));
});
