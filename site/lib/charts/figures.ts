import type { MDXInstance } from 'astro';
import theme from '../../styles/theme.css?raw';
import { levelOf } from '../confidence-level.ts';
import type { Row } from '../queries/query.ts';
import { stampWords } from '../study/stamp.ts';
import type { Study } from '../study/studies.ts';
import { type BuiltChart, buildChart } from './build-chart.ts';
import { CACHE_DIR, cached } from './cache.ts';
import { chartCode, pictureCode } from './drawing-code.ts';
import type { Control, Figure, FigureSpec } from './figure.ts';
import { rowsShownFirst, saesOf, saidOf } from './figure-rows.ts';
import { pictureOf } from './picture.ts';
import { takeAway } from './take-away.ts';
import { withTheme } from './theme-colors.ts';

type Component = MDXInstance<object>['Content'];

const byId = <T>(files: Record<string, T>): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(files).map(([path, file]) => [path.split('/').at(-2)!, file]));

const specs = byId(
  import.meta.glob<FigureSpec>('../../figures/*/spec.ts', { eager: true, import: 'default' }),
);
const queries = byId(
  import.meta.glob<string>('../../figures/*/query.sql', {
    eager: true,
    query: '?raw',
    import: 'default',
  }),
);
const captions = byId(
  import.meta.glob<Component>('../../figures/*/caption.mdx', { eager: true, import: 'default' }),
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
  /** Null where there are no rows to draw, or nothing in them to compare. */
  readonly chart: BuiltChart | null;
  /** What is shown in its place where the rows have nothing to compare. */
  readonly instead: string | undefined;
  readonly opening: Opening;
}

/** What a figure shows before a reader has chosen anything. */
export interface Opening {
  readonly controls: readonly Control[];
  readonly shown: readonly Row[];
  /** What is said of these rows, in words and as a count. */
  readonly said: { readonly words: string; readonly n: string };
}

/** Build a figure; the page and the files that it loads share one. */
export function buildFigure(study: Study, id: string): Promise<BuiltFigure> {
  const known = built.get(study) ?? new Map<string, Promise<BuiltFigure>>();
  built.set(study, known);
  const figure = known.get(id) ?? build(study, id);
  known.set(id, figure);
  return figure;
}

const built = new WeakMap<Study, Map<string, Promise<BuiltFigure>>>();

/** A figure that has something to draw as a picture of its own, with its title and what it rests on. */
export async function figureToTake(study: Study, id: string): Promise<string> {
  const { figure, tables, chart, opening } = await buildFigure(study, id);
  const { controls, shown, said } = opening;
  return withTheme(
    takeAway({
      title: figure.title,
      words: said.words,
      stamp: [
        ...controls.map(({ label, options }) => `${label}: ${options[0]!.label}`),
        ...stampWords(study, tables, { n: said.n, saes: saesOf(shown) }),
      ],
      ...chart!.stills[0]!,
    }),
    theme,
  );
}

/** The same as PNG. */
export async function pictureToTake(study: Study, id: string): Promise<Buffer> {
  const svg = await figureToTake(study, id);
  return cached(CACHE_DIR, `${study.name}.${id}.png`, [svg, theme, pictureCode()], () =>
    pictureOf(svg, theme),
  );
}

async function build({ name, manifest, database }: Study, id: string): Promise<BuiltFigure> {
  const [spec, sql, Caption] = [specs[id], queries[id], captions[id]];
  if (!spec || !sql || !Caption)
    throw new Error(`site/figures/${id}: expected query.sql, spec.ts and caption.mdx`);
  const level = levelOf(manifest.bootstrap.confidence);
  const figure = spec(level);
  const rows = await database.all(sql);
  const tables = await database.tablesOf(sql);
  const instead = figure.instead?.(rows);
  const isDrawn = rows.length > 0 && instead === undefined;
  const drawn = await cached(
    CACHE_DIR,
    `${name}.${id}.json`,
    [JSON.stringify(rows), theme, level, chartCode(id)],
    async () => Buffer.from(JSON.stringify(isDrawn ? await buildChart(figure, rows, theme) : null)),
  );
  const chart: BuiltChart | null = JSON.parse(drawn.toString());
  return {
    id,
    figure,
    Caption,
    sql,
    tables,
    rows,
    chart,
    instead,
    opening: openingOf(figure, rows),
  };
}

function openingOf(figure: Figure, rows: readonly Row[]): Opening {
  if (rows.length === 0) return { controls: [], shown: [], said: { words: '', n: 'nothing' } };
  const controls = figure.controls?.(rows) ?? [];
  const shown = rowsShownFirst(controls, rows);
  return { controls, shown, said: saidOf(figure, shown) };
}
