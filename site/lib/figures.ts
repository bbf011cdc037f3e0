import type { MDXInstance } from 'astro';
import type { Spec } from 'vega';
import { compileChart, drawChart, type Figure } from './figure.ts';
import type { Row } from './query.ts';
import type { Study } from './studies.ts';

type Component = MDXInstance<object>['Content'];

const byId = <T>(files: Record<string, T>): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(files).map(([path, file]) => [path.split('/').at(-2)!, file]));

const specs = byId(
  import.meta.glob<Figure>('../figures/*/spec.ts', { eager: true, import: 'default' }),
);
const queries = byId(
  import.meta.glob<string>('../figures/*/query.sql', {
    eager: true,
    query: '?raw',
    import: 'default',
  }),
);
const captions = byId(
  import.meta.glob<Component>('../figures/*/caption.mdx', { eager: true, import: 'default' }),
);

/** A figure of one study, ready for the page. */
export interface BuiltFigure {
  readonly id: string;
  readonly figure: Figure;
  readonly Caption: Component;
  readonly sql: string;
  /** The stored tables that its query reads. */
  readonly tables: readonly string[];
  readonly rows: readonly Row[];
  /** Null where there are no rows to draw. */
  readonly chart: BuiltChart | null;
}

export interface BuiltChart {
  /** Compiled Vega, without the rows. */
  readonly spec: Spec;
  /** Static drawings for a wide and a narrow page. */
  readonly wide: string;
  readonly narrow: string;
}

/** Width in CSS pixels of the static drawings. */
const WIDE = 640;
const NARROW = 320;

/** Build a figure; the page and the files that it loads share one. */
export function buildFigure(study: Study, id: string): Promise<BuiltFigure> {
  const known = built.get(study) ?? new Map<string, Promise<BuiltFigure>>();
  built.set(study, known);
  const figure = known.get(id) ?? build(study, id);
  known.set(id, figure);
  return figure;
}

const built = new WeakMap<Study, Map<string, Promise<BuiltFigure>>>();

async function build({ database }: Study, id: string): Promise<BuiltFigure> {
  const [figure, sql, Caption] = [specs[id], queries[id], captions[id]];
  if (!figure || !sql || !Caption)
    throw new Error(`site/figures/${id}: expected query.sql, spec.ts and caption.mdx`);
  const rows = await database.all(sql);
  const tables = await database.tablesOf(sql);
  const chart = rows.length === 0 ? null : await buildChart(id, figure, rows);
  return { id, figure, Caption, sql, tables, rows, chart };
}

async function buildChart(id: string, figure: Figure, rows: readonly Row[]): Promise<BuiltChart> {
  const spec = compileChart(figure, rows);
  return {
    spec,
    wide: await drawChart(spec, rows, { id: `${id}-wide`, width: WIDE }),
    narrow: await drawChart(spec, rows, { id: `${id}-narrow`, width: NARROW }),
  };
}
