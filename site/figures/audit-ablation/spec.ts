import { rowAxis } from '../../lib/charts/axes.ts';
import { choice } from '../../lib/charts/chart-controls.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { distinct } from '../../lib/charts/figure-rows.ts';
import { meanColumns, meansWithIntervals, meanTooltip } from '../../lib/charts/means.ts';
import { meanInWords } from '../../lib/charts/row-words.ts';
import { CLOSE_LEGEND, colorBy } from '../../lib/charts/series.ts';
import { levelOf } from '../../lib/confidence-level.ts';
import { formatNumber } from '../../lib/number-format.ts';
import { RELEASED } from '../../lib/queries/released.ts';

/** Its intervals are those of the released data. */
const LEVEL = levelOf(RELEASED.confidence);

const EFFECT = { title: 'difference from the baseline', format: '.3~f', reach: [0] };

const figure: FigureSpec = () => ({
  title: 'Published and real means of the ablations’ effects',
  columns: {
    measure: { label: 'measure' },
    grouped: { label: 'by' },
    name: { label: 'SAE or topic' },
    counted: { label: 'counted' },
    ...meanColumns('0.000', LEVEL),
  },
  controls: (rows) => [choice(rows, 'grouped', 'By'), choice(rows, 'measure', 'Measure')],
  chart: (rows) => ({
    height: { step: 11 },
    encoding: {
      y: rowAxis(rows, 'name'),
      yOffset: { field: 'counted', type: 'nominal', scale: { domain: ['published', 'token'] } },
      color: { ...colorBy('counted'), legend: CLOSE_LEGEND },
      tooltip: meanTooltip(
        [
          { field: 'name', title: 'SAE or topic' },
          { field: 'counted', title: 'counted' },
        ],
        EFFECT,
        LEVEL,
      ),
    },
    layer: meansWithIntervals('x', EFFECT, 'counted'),
  }),
  describe(shown) {
    const of = (counted: string) => shown.filter((row) => row.counted === counted);
    const [token, published] = [of('token'), of('published')];
    const largest = token.toSorted((a, b) => Number(b.mean) - Number(a.mean))[0]!;
    const printed = published.find(({ name }) => name === largest.name)!;
    return `Difference in ${shown[0]!.measure} of ablated lists, by ${shown[0]!.grouped}, as published and as found. The largest found: ${largest.name}, ${meanInWords(largest, '0.00', LEVEL)}, published as ${formatNumber(Number(printed.mean), '0.00')}.`;
  },
  n: (shown) =>
    `${distinct(shown, 'name').length} groups of ${Math.max(...shown.map(({ n }) => Number(n)))} ablated lists`,
});

export default figure;
