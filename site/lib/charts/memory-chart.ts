import { formatNumber } from '../number-format.ts';
import type { Row } from '../queries/query.ts';
import { rowAxis } from './axes.ts';
import { SERIES } from './chart-config.ts';
import type { Figure, FigureSpec } from './figure.ts';
import { distinct } from './figure-rows.ts';
import { CLOSE_LEGEND, colorBy } from './series.ts';

const size = {
  field: 'size',
  type: 'quantitative',
  axis: { title: 'memory (GB)', format: '.3~g', grid: true },
} as const;

/** What stages need at their most demanding graph, by what it goes to; peaks as marks, and a line where memory ends. */
export const memoryByStage =
  (title: string): FigureSpec =>
  () => ({
    title,
    columns: {
      stage: { label: 'stage' },
      batch: { label: 'batch' },
      source: { label: 'planned or measured' },
      kind: { label: 'memory' },
      size: { label: 'GB', format: '0.00' },
    },
    chart: (rows) => ({
      height: 22 * distinct(rows, 'stage').length,
      encoding: {
        y: rowAxis(rows, 'stage'),
        tooltip: [
          { field: 'stage', title: 'stage' },
          { field: 'source', title: 'planned or measured' },
          { field: 'kind', title: 'memory' },
          { field: 'size', title: 'GB', format: '.2f' },
        ],
      },
      resolve: { legend: { color: 'independent', shape: 'independent' } },
      layer: [
        {
          transform: [{ filter: "datum.source === 'planned'" }],
          mark: { type: 'bar', height: { band: 0.6 } },
          encoding: {
            x: { ...size, stack: 'zero' },
            order: { field: 'part', type: 'ordinal' },
            color: { ...colorBy('memory', 'kind', rows), legend: LEGEND },
          },
        },
        ...(rows.some(({ source }) => source === 'measured') ? [PEAKS] : []),
        ...limitOf(rows),
      ],
    }),
    describe(shown) {
      const said = [...Map.groupBy(shown, ({ stage }) => stage)].map(([stage, of]) => {
        const parts = of.filter(({ source }) => source === 'planned');
        const sum = parts.reduce((sum, { size }) => sum + Number(size), 0);
        const peak = of.find(({ kind }) => kind === 'resident');
        const measured = peak ? `, ${gigabytes(peak.size)} measured` : '';
        return `${stage} ${parts.length === 0 ? 'no graph' : gigabytes(sum)}${measured}`;
      });
      const { provider, machine } = shown[0]!;
      return `Memory planned for each stage on ${provider}, ${machine}, in GB: ${said.join('; ')}.`;
    },
    n: (shown) => `${distinct(shown, 'stage').length} stages on ${shown[0]!.provider}`,
  });

const gigabytes = (size: unknown): string => formatNumber(Number(size), '0.0');

const LEGEND = { ...CLOSE_LEGEND, columns: { expr: 'width < 400 ? 2 : 6' } };

/** Points of the ink's colour on whatever bar they lie on, with a rim of the paper's. */
const PEAKS: ReturnType<Figure['chart']>['layer'][number] = {
  transform: [{ filter: "datum.source === 'measured'" }],
  mark: { type: 'point', size: 60, stroke: 'var(--paper)', strokeWidth: 1 },
  encoding: {
    x: size,
    color: { value: 'var(--ink)' },
    shape: {
      field: 'kind',
      type: 'nominal',
      scale: { domain: [...SERIES.peak.domain], range: [...SERIES.peak.shape] },
      legend: {
        ...CLOSE_LEGEND,
        orient: 'bottom',
        columns: { expr: 'width < 400 ? 1 : 2' },
        labelExpr: "datum.label + ' peak'",
        symbolFillColor: 'var(--ink)',
      },
    },
  },
};

/** A line at the memory of the device, where it is a GPU's. */
function limitOf(rows: readonly Row[]): ReturnType<Figure['chart']>['layer'] {
  const device = Number(rows[0]?.device ?? 0);
  if (device === 0) return [];
  return [
    {
      data: {
        values: [{ stage: 'all', source: 'the GPU', kind: 'all that it has', size: device }],
      },
      mark: { type: 'rule', strokeDash: [5, 3], strokeWidth: 2, color: 'var(--ink)' },
      encoding: { x: size, y: { value: 0 }, y2: { value: { expr: 'height' } } },
    },
  ];
}
