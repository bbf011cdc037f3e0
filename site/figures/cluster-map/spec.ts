import { choice } from '../../lib/charts/chart-controls.ts';
import type { CellGrid, Figure, FigureSpec } from '../../lib/charts/figure.ts';
import { distinct } from '../../lib/charts/figure-rows.ts';
import { formatNumber } from '../../lib/number-format.ts';
import type { Row } from '../../lib/queries/query.ts';

const cellsOf = (rows: readonly Row[]) => rows.filter(({ part }) => part === 'cell');

const at = (axis: 'x' | 'y') =>
  ({
    field: axis,
    type: 'quantitative',
    axis: null,
    scale: { nice: false, zero: false, ...(axis === 'y' && { reverse: true }) },
  }) as const;

/** Corners of a box, from x and y to x2 and y2. */
const BOX = { x: at('x'), y: at('y'), x2: { field: 'x2' }, y2: { field: 'y2' } } as const;

/** Cells in the map on one axis. */
const sideOf = (rows: readonly Row[], axis: 'x' | 'y'): number =>
  1 + cellsOf(rows).reduce((most, row) => Math.max(most, Number(row[axis])), 0);

type Layer = ReturnType<Figure['chart']>['layer'][number];

/** Each tree in one stroke, broken between its brackets. */
const TREES: Layer = {
  transform: [{ filter: "datum.part !== 'cell'" }],
  mark: { type: 'line', strokeWidth: 0.6, color: 'var(--soft)', tooltip: false },
  encoding: {
    x: at('x'),
    y: at('y'),
    detail: { field: 'part' },
    order: { field: 'step', type: 'quantitative' },
  },
};

const COLOR = {
  field: 'value',
  type: 'quantitative',
  scale: { scheme: 'viridis', domain: [0, 1] },
  legend: { title: null, gradientLength: 160, format: '.1f', tickCount: 3, offset: 4 },
} as const;

const TOOLTIP =
  "{feature: datum.feature_id, list: datum.sample_id, 'share of its greatest activation': format(datum.value, '.2f')}";

/** One by one, on a ground of the colour of 0. */
const CELLS: Layer = {
  transform: [
    { filter: "datum.part === 'cell'" },
    { calculate: 'datum.x + 1', as: 'x2' },
    { calculate: 'datum.y + 1', as: 'y2' },
  ],
  encoding: BOX,
  layer: [
    {
      transform: [
        {
          aggregate: [
            { op: 'max', field: 'x2', as: 'x2' },
            { op: 'max', field: 'y2', as: 'y2' },
          ],
        },
        { calculate: '0', as: 'x' },
        { calculate: '0', as: 'y' },
      ],
      mark: { type: 'rect', color: '#440154', tooltip: false },
    },
    {
      // Twenty thousand cells come alive: an expression less for each is a moment less to wait.
      mark: { type: 'rect', cursor: 'pointer', invalid: null, tooltip: { expr: TOOLTIP } },
      encoding: { color: COLOR },
    },
  ],
};

/** All of them as one picture. */
const picture = (url: string, rows: readonly Row[]): Layer => ({
  encoding: BOX,
  layer: [
    {
      data: { values: [{ url, x: 0, y: 0, x2: sideOf(rows, 'x'), y2: sideOf(rows, 'y') }] },
      mark: { type: 'image', aspect: false, smooth: false } as never,
      encoding: { url: { field: 'url', type: 'nominal' } },
    },
    // Nothing but the legend.
    {
      transform: [{ filter: 'false' }],
      mark: { type: 'rect', tooltip: false },
      encoding: { color: COLOR },
    },
  ],
});

const figure: FigureSpec = () => ({
  title: 'Lists and features, clustered',
  wide: true,
  columns: {
    feature_id: { label: 'feature', names: 'feature' },
    sample_id: { label: 'list' },
    value: { label: 'share of its greatest activation', format: '0.000' },
  },
  split: 'sae_id',
  controls: (rows) => [choice(rows, 'sae_id', 'SAE')],
  cells: (rows): CellGrid => {
    const cells = cellsOf(rows).map(({ x, y, value }) => ({
      x: Number(x),
      y: Number(y),
      value: Number(value),
    }));
    return { width: sideOf(rows, 'x'), height: sideOf(rows, 'y'), cells };
  },
  chart: (rows, image) => ({
    height: 480,
    layer: [TREES, image === undefined ? CELLS : picture(image, rows)],
  }),
  describe(shown) {
    const cells = cellsOf(shown);
    const half = sideOf(shown, 'y') / 2;
    const everywhere = [...Map.groupBy(cells, ({ feature_id }) => feature_id)].filter(
      ([, of]) => of.length > half,
    );
    return `${distinct(cells, 'sample_id').length} lists by ${distinct(cells, 'feature_id').length} features of ${shown[0]!.sae_id}, ${formatNumber(cells.length, '0')} cells with an active feature. ${everywhere.length} features are active in more than half of the lists.`;
  },
  n: (shown) =>
    `${distinct(cellsOf(shown), 'sample_id').length} lists, ${distinct(cellsOf(shown), 'feature_id').length} features`,
});

export default figure;
