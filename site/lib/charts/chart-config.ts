import type { Config } from 'vega-lite';

const INK = 'var(--ink)';
const FAINT = 'var(--rule)';
const SANS = 'system-ui, sans-serif'; // a canvas that measures text knows no CSS variables

/** Colours are the page's CSS variables, so that one drawing serves light and dark. */
export const CHART_CONFIG: Config = {
  aria: false,
  background: 'transparent',
  font: SANS,
  padding: { left: 5, right: 6, top: 4, bottom: 5 },
  view: { stroke: null },
  axis: {
    domainColor: FAINT,
    gridColor: FAINT,
    tickColor: FAINT,
    labelColor: INK,
    titleColor: INK,
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    titlePadding: 8,
    labelPadding: 5,
  },
  // A long title has all the drawing's width, not that of the plane alone.
  axisX: { grid: false, titleAnchor: 'end' },
  // Round steps may give more ticks than were asked for: where labels would touch, every other one is left out.
  axisXQuantitative: { tickCount: { signal: 'ceil(width / 70)' }, labelSeparation: 8 },
  axisY: {
    domain: false,
    ticks: false,
    // A title over the axis leaves the width to the chart and is read without turning the head.
    titleAnchor: 'end',
    titleAngle: 0,
    titleAlign: 'left',
    titleBaseline: 'bottom',
    titleX: 0,
    titleY: -10,
    // Names of rows are whole where the plane keeps room enough.
    labelLimit: { signal: 'width < 260 ? 150 : 240' },
  },
  legend: {
    orient: 'top',
    direction: 'horizontal',
    title: null,
    labelColor: INK,
    labelFontSize: 12,
    symbolSize: 70,
    symbolOpacity: 1,
    columnPadding: 16,
    offset: 28,
  },
  mark: { color: 'var(--series-1)' },
  line: { strokeWidth: 2 },
  point: { filled: true, size: 50, opacity: 1 },
  rule: { strokeWidth: 1.5, color: 'var(--series-1)' },
};

/** One colour and one shape a template or condition, the same in every figure. */
export const SERIES = {
  template: {
    domain: ['short', 'plain', 'long'],
    range: ['var(--series-1)', 'var(--series-2)', 'var(--series-3)'],
    shape: ['circle', 'diamond', 'square'],
  },
  condition: {
    domain: ['clean', 'corrupted'],
    range: ['var(--series-1)', 'var(--series-3)'],
    shape: ['circle', 'square'],
  },
  position: {
    domain: ['word', 'prompt', 'list'],
    range: ['var(--series-1)', 'var(--series-2)', 'var(--series-3)'],
    shape: ['circle', 'diamond', 'square'],
  },
  arm: {
    domain: ['ablated', 'random', 'reconstruction'],
    range: ['var(--series-1)', 'var(--series-3)', 'var(--series-2)'],
    shape: ['circle', 'square', 'diamond'],
  },
  control: {
    domain: ['random', 'same norm', 'same mass'],
    range: ['var(--series-1)', 'var(--series-3)', 'var(--series-2)'],
    shape: ['circle', 'square', 'diamond'],
  },
  method: {
    domain: ['integrated', 'gradient'],
    range: ['var(--series-1)', 'var(--series-3)'],
    shape: ['circle', 'square'],
  },
  feature: {
    domain: ['in the graph', 'random'],
    range: ['var(--series-1)', 'var(--series-3)'],
    shape: ['circle', 'square'],
  },
  counted: {
    domain: ['published', 'token'],
    range: ['var(--series-3)', 'var(--series-1)'],
    shape: ['cross', 'circle'],
  },
  rule: {
    domain: ['author', 'token'],
    range: ['var(--series-3)', 'var(--series-1)'],
    shape: ['square', 'circle'],
  },
  verdict: {
    domain: ['right', 'wrong'],
    range: ['var(--series-1)', 'var(--series-3)'],
    shape: ['circle', 'cross'],
  },
  means: {
    domain: ['ablation', 'random features', 'steering', 'sampling', 'the word'],
    range: [
      'var(--series-1)',
      'var(--soft)',
      'var(--series-3)',
      'var(--series-4)',
      'var(--series-2)',
    ],
    shape: ['circle', 'cross', 'square', 'triangle-up', 'diamond'],
  },
  memory: {
    domain: ['weights', 'cache', 'activations', 'gradients', 'SAE', 'logits'],
    range: [
      'var(--soft)',
      'var(--series-2)',
      'var(--series-1)',
      'var(--series-3)',
      'var(--series-4)',
      'var(--series-5)',
    ],
    shape: [],
  },
  ranking: {
    domain: ['effect', 'influence', 'integrated', 'gradient', 'activation', 'random'],
    range: [
      'var(--series-1)',
      'var(--series-3)',
      'var(--series-2)',
      'var(--series-4)',
      'var(--series-5)',
      'var(--soft)',
    ],
    shape: [],
  },
  peak: {
    domain: ['anonymous', 'resident'],
    range: ['var(--ink)', 'var(--ink)'],
    shape: ['triangle-up', 'diamond'],
  },
} as const;
