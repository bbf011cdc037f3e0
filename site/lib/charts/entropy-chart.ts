import { FROM_EITHER_END, itemAxis } from './axes.ts';
import { choice } from './chart-controls.ts';
import type { FigureSpec } from './figure.ts';
import { MEAN_LINE, meanColumns, meansWithIntervals, meanTooltip } from './means.ts';
import { meanInWords } from './row-words.ts';
import { colorBy } from './series.ts';

const ENTROPY = { title: 'entropy (nats)', format: '.2f', reach: [0] };

/** Entropy item by item under both conditions, with the generating process's own where there is one. */
export const entropyByPlace =
  (title: string, where: string): FigureSpec =>
  (level) => ({
    title,
    columns: {
      template: { label: 'template' },
      counted: { label: 'counted' },
      condition: { label: 'condition' },
      source: { label: 'of' },
      place: { label: 'item' },
      ...meanColumns('0.000', level),
    },
    controls: (rows) => [
      choice(rows, 'template', 'Template'),
      choice(rows, 'counted', 'Items counted'),
    ],
    chart: () => ({
      height: 240,
      encoding: {
        x: itemAxis({ labelExpr: FROM_EITHER_END }),
        color: colorBy('condition'),
        tooltip: meanTooltip(
          [
            { field: 'condition', title: 'prompt' },
            { field: 'source', title: 'entropy of the' },
            { field: 'place', title: 'item' },
          ],
          ENTROPY,
          level,
        ),
      },
      layer: [
        {
          transform: [{ filter: "datum.source === 'process'" }],
          // Where the model has learnt it, its line lies on the process's: the process is the wide one below.
          mark: { type: 'line', strokeWidth: 9, opacity: 0.28, strokeCap: 'round', tooltip: false },
          encoding: { y: { field: 'mean', type: 'quantitative' } },
        },
        {
          transform: [{ filter: "datum.source === 'model'" }],
          layer: [MEAN_LINE, ...meansWithIntervals('y', ENTROPY, 'condition')],
        },
      ],
    }),
    describe(shown) {
      const model = shown.filter(({ source }) => source === 'model');
      const said = [...Map.groupBy(model, ({ condition }) => condition)].map(([condition, of]) => {
        const [first, last] = [of[0]!, of.at(-1)!];
        return `${condition} prompt: ${meanInWords(first, '0.00', level)} nats ${where} ${first.place}, ${meanInWords(last, '0.00', level)} ${where} ${last.place}`;
      });
      return `Mean next-token entropy in ${shown[0]!.template} lists. ${said.join('; ')}.`;
    },
    n: (shown) => `${Math.max(...shown.map(({ n }) => Number(n)))} ${shown[0]!.template} lists`,
  });
