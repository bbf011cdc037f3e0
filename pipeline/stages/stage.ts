import type { GraphUse } from '../graph/graph-use.ts';
import type { Model } from '../models/model.ts';
import type { Provider } from '../runtime/session.ts';
import type { SaeFile, SaeSpec } from '../sae/sae.ts';
import type { Row, Table } from '../schema/table.ts';
import { TEMPLATES, type TemplateName } from '../schema/templates.ts';
import type { Tokenizer } from '../sources/formats/tokenizer.ts';
import type { Study } from '../study/study.ts';

/**
 * One step of the method: it reads tables, calls `interp/`, writes tables. It is run again when the parts
 * of the config that it names, the tables that it reads, its model or its code have changed.
 */
export interface Stage<K extends keyof Study = keyof Study> {
  /** Also the file's name: `1-generate`. */
  readonly name: string;
  /** `import.meta.url` of the file that defines it: its code is what this file imports. */
  readonly source: string;
  /** The parts of the study's config that it depends on; no others are visible to `run`. */
  readonly config: readonly K[];
  readonly reads: readonly Table[];
  readonly writes: readonly Table[];
  /** Every graph that it runs, at its largest: what memory it needs is planned from these. */
  graphs?(extent: Extent<K>): GraphUse[];
  run(context: StageContext<K>): Promise<void>;
}

/** What decides how large a stage's graphs are. */
export interface Extent<K extends keyof Study = keyof Study> {
  readonly study: Pick<Study, K>;
  readonly provider: Provider;
  readonly model: Model;
  readonly saes: readonly SaeSpec[];
  /** In tokens: the longest prompt, and the longest list of each template, its prompt included. */
  readonly longest: Readonly<Record<'prompt' | TemplateName, number>>;
  /** The most lists of each template that are drawn at one temperature. */
  readonly lists: Readonly<Record<TemplateName, number>>;
}

export interface StageContext<K extends keyof Study = keyof Study> {
  readonly study: Pick<Study, K>;
  readonly provider: Provider;
  /** Loaded on first use. */
  model(): Model;
  tokenizer(): Tokenizer;
  /** The study's SAEs, in the order of its ids. */
  saes(): Promise<SaeFile[]>;
  /** What others say of an SAE's features, by feature; empty where none was fetched. */
  explanations(saeId: string): ReadonlyMap<number, string>;
  /**
   * Path of a file that the original author released, by its name.
   * @throws where it is not there
   */
  released(file: string): string;
  /**
   * Rows of one of the stage's `reads`, checked against the manifest; of a large one, those that an SQL condition
   * holds for.
   */
  read<T extends Table>(table: T, where?: string): Promise<Row<T>[]>;
  /** All rows of one of the stage's `writes`; the file appears when the whole stage has succeeded. */
  write<T extends Table>(table: T, rows: readonly Row<T>[]): void;
  readonly progress: Progress;
}

/** One SAE of each shape, the deepest: they share their graphs, or run the model furthest. */
export const shapesOf = (saes: readonly SaeSpec[]): SaeSpec[] => {
  const byDepth = saes.toSorted((a, b) => a.layer - b.layer);
  return [...new Map(byDepth.map((sae) => [`${sae.dIn} ${sae.dSae} ${sae.dOut}`, sae])).values()];
};

/** Tokens of the longest list of some templates. */
export const longestOf = (templates: readonly TemplateName[], longest: Extent['longest']): number =>
  Math.max(...templates.map((template) => longest[template]));

/** Of all templates. */
export const longestList = (longest: Extent['longest']): number => longestOf(TEMPLATES, longest);

/** Lists of some templates together, and the most of any one of them. */
export const listsOf = (templates: readonly TemplateName[], lists: Extent['lists']) => {
  const counts = templates.map((template) => lists[template]);
  return { all: counts.reduce((sum, n) => sum + n, 0), ofOne: Math.max(...counts) };
};

/** Report that `done` of `total` units of work are finished. */
export type Progress = (done: number, total: number, unit: string) => void;

/** A stage whose `run` sees only the parts of the config that it names. */
export const defineStage = <const K extends keyof Study>(definition: Stage<K>): Stage => definition;
