import { rowAxis } from '../../lib/charts/axes.ts';
import { choice } from '../../lib/charts/chart-controls.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { meanColumns, meansWithIntervals, meanTooltip } from '../../lib/charts/means.ts';
import { meanInWords, protocolOf } from '../../lib/charts/row-words.ts';
import { CLOSE_LEGEND, colorBy } from '../../lib/charts/series.ts';
import { formatNumber } from '../../lib/number-format.ts';
import type { Row } from '../../lib/queries/query.ts';

const EFFECT = { title: 'chosen features − control', format: '.3~f', reach: [0] };

const figure: FigureSpec = (level) => ({
  title: 'What the chosen features do beyond their controls',
  columns: {
    chosen: { label: 'features chosen' },
    set_to: { label: 'set to' },
    measure: { label: 'measure' },
    protocol: { label: 'protocol' },
    sae_id: { label: 'SAE' },
    control: { label: 'control' },
    ...meanColumns('0.000', level),
    share_topics: { label: 'topics with that sign', format: '0 %' },
    n_cut: { label: 'lists cut' },
  },
  controls: (rows) => [
    choice(rows, 'chosen', 'Features chosen'),
    choice(rows, 'set_to', 'Set to'),
    choice(rows, 'measure', 'Measure'),
    choice(rows, 'protocol', 'Protocol'),
  ],
  chart(rows) {
    const color = colorBy('control', 'control', rows);
    return {
      height: { step: 10 },
      encoding: {
        y: rowAxis(rows, 'sae_id'),
        yOffset: { field: 'control', type: 'nominal', scale: { domain: [...color.scale.domain] } },
        color: { ...color, legend: { ...CLOSE_LEGEND, values: controlsShown(rows) } },
        tooltip: meanTooltip(
          [
            { field: 'sae_id', title: 'SAE' },
            { field: 'control', title: 'control' },
          ],
          EFFECT,
          level,
        ),
      },
      layer: meansWithIntervals('x', EFFECT, 'control', rows),
    };
  },
  describe(shown) {
    const { measure, set_to, chosen } = shown[0]!;
    const bySae = Map.groupBy(shown, ({ sae_id }) => sae_id);
    const beyond = [...bySae]
      .filter(
        ([, of]) =>
          of.every(({ ci_low }) => Number(ci_low) > 0) ||
          of.every(({ ci_high }) => Number(ci_high) < 0),
      )
      .map(([sae]) => sae);
    const largest = shown.toSorted(
      (a, b) => Math.abs(Number(b.mean)) - Math.abs(Number(a.mean)),
    )[0]!;
    return `Difference between the chosen features and each control in ${measure}, ${protocolOf(shown)}; features chosen ${chosen}, set to ${set_to}. Beyond every control: ${beyond.length === 0 ? 'no SAE' : beyond.join(', ')}. The largest: ${largest.sae_id}, ${largest.control}, ${meanInWords(largest, '0.00', level)}, with that sign in ${formatNumber(Number(largest.share_topics ?? 0), '0 %')} of topics.`;
  },
  n: (shown) => `${Math.max(...shown.map(({ n }) => Number(n)))} pairs of lists an SAE and control`,
});

export default figure;

/** A legend's names: the controls of the features that are chosen, which not every way of choosing has. */
function controlsShown(rows: readonly Row[]) {
  const byChosen = [...Map.groupBy(rows, ({ chosen }) => String(chosen))].map(
    ([chosen, of]) => [chosen, colorBy('control', 'control', of).scale.domain] as const,
  );
  return { expr: `${JSON.stringify(Object.fromEntries(byChosen))}[chosen]` };
}
