import { rowAxis } from '../../lib/charts/axes.ts';
import { SERIES } from '../../lib/charts/chart-config.ts';
import { choice } from '../../lib/charts/chart-controls.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { distinct } from '../../lib/charts/figure-rows.ts';
import { CLOSE_LEGEND, colorBy } from '../../lib/charts/series.ts';

const along = (field: string) =>
  ({
    field,
    type: 'quantitative',
    axis: { title: 'difference from the lists as they were', format: '.3~g' },
    scale: { zero: true },
  }) as const;

const verdicts = {
  field: 'verdict',
  type: 'nominal',
  scale: { domain: [...SERIES.verdict.domain], range: [...SERIES.verdict.shape] },
} as const;

const figure: FigureSpec = (level) => ({
  title: 'What was predicted, and what came of it',
  columns: {
    predicted: { label: 'predicted' },
    name: { label: 'SAE or means' },
    expected_low: { label: 'expected from', format: '0.00' },
    expected_high: { label: 'to', format: '0.00' },
    outcome: { label: 'outcome', format: '0.00' },
    ci_low: { label: `${level} interval, from`, format: '0.00' },
    ci_high: { label: 'to', format: '0.00' },
    control: { label: 'control' },
    expected_of_control: { label: 'expected' },
    found_of_control: { label: 'found' },
    verdict: { label: 'verdict' },
    n: { label: 'lists' },
  },
  controls: (rows) => [choice(rows, 'predicted', 'Predicted')],
  chart: (rows) => ({
    height: { step: 18 },
    encoding: {
      y: rowAxis(rows, 'name'),
      tooltip: [
        { field: 'name', title: 'SAE or means' },
        { field: 'expected_low', title: 'expected from', format: '.2f' },
        { field: 'expected_high', title: 'to', format: '.2f' },
        { field: 'outcome', title: 'outcome', format: '.2f' },
        { field: 'ci_low', title: `${level} interval from`, format: '.2f' },
        { field: 'ci_high', title: 'to', format: '.2f' },
        { field: 'control', title: 'control' },
        { field: 'expected_of_control', title: 'expected' },
        { field: 'found_of_control', title: 'found' },
        { field: 'verdict', title: 'verdict' },
      ],
    },
    layer: [
      {
        mark: { type: 'bar', height: 12, color: 'var(--soft)', opacity: 0.22 },
        encoding: { x: along('expected_low'), x2: { field: 'expected_high' } },
      },
      {
        transform: [{ filter: 'isValid(datum.outcome)' }],
        encoding: { color: { ...colorBy('verdict'), legend: CLOSE_LEGEND } },
        layer: [
          {
            mark: { type: 'rule', strokeCap: 'round', tooltip: false },
            encoding: { x: along('ci_low'), x2: { field: 'ci_high' } },
          },
          { mark: { type: 'point', size: 80 }, encoding: { x: along('outcome'), shape: verdicts } },
        ],
      },
    ],
  }),
  describe(shown) {
    const named = (verdict: string) =>
      distinct(
        shown.filter((row) => row.verdict === verdict),
        'name',
      );
    const said = ['right', 'wrong', 'no outcome']
      .map((verdict) => [verdict, named(verdict)] as const)
      .filter(([, names]) => names.length > 0)
      .map(([verdict, names]) => `${verdict}: ${names.join(', ')}`);
    return `Predictions of ${shown[0]!.predicted}, each an interval beside the outcome. ${said.join('; ')}.`;
  },
  n: (shown) => {
    const right = shown.filter(({ verdict }) => verdict === 'right').length;
    return `${shown.length} predictions, ${right} of them right`;
  },
});

export default figure;
