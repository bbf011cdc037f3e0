import type { GraphUse } from '../graph/graph-use.ts';
import type { Row, Table } from '../schema/table.ts';
import type { Divide } from './divide.ts';
import type { Keep, KeepMany } from './kept.ts';
import type { Progress } from './progress.ts';
import type { Resources } from './resource.ts';
import type { Spool } from './spool.ts';

/**
 * One stage of a study: it reads tables, computes, and writes tables. It runs again when the settings or resources that
 * it declares, the rows that it reads, or its code have changed.
 *
 * @typeParam Settings all settings of studies, by name
 * @typeParam Needs types of all opened resources, by name
 * @typeParam Extent sizes that determine how large a stage's graphs are
 */
export interface Stage<Settings extends object, Needs extends object, Extent> {
  /** Also the file's name: `1-generate`. */
  readonly name: string;
  /** `import.meta.url` of the file that defines it: its code is this file and all its imports. */
  readonly source: string;
  /** The settings that it reads; `run` receives only these. */
  readonly settings: readonly (keyof Settings & string)[];
  /** The resources that it requires. */
  readonly needs: readonly (keyof Needs & string)[];
  /** The resources that it uses where the study has them. */
  readonly uses?: readonly (keyof Needs & string)[];
  readonly reads: readonly Table[];
  /** Tables that it also reads where an earlier stage of the study writes them; elsewhere they have no rows. */
  readonly readsIfWritten?: readonly Table[];
  readonly writes: readonly Table[];
  /** What its work is divided by among shards, where its `run` calls `divide`. */
  readonly divided?: string;
  /** Every graph that it runs, at its largest sizes, for planning memory. */
  graphs?(extent: Extent): GraphUse[];
  run(context: StageContext<Settings, Needs>): Promise<void>;
}

/** The arguments of a stage's `run`: settings, the resources that it declares, and access to its tables. */
export interface StageContext<Settings extends object, Needs extends object> extends TableAccess {
  readonly settings: Available<Settings>;
  readonly resources: Available<Needs>;
}

/** The values, by name, that a study has; undefined for the others. */
export type Available<T> = { readonly [K in keyof T]?: T[K] | undefined };

export interface TableAccess {
  /**
   * Read rows of one of the stage's `reads`, or of its `readsIfWritten`.
   * @param where SQL condition of the rows to read; all where left out
   */
  read<T extends Table>(table: T, where?: string): Promise<Row<T>[]>;
  /** The same, but the rows are handed over in parts: for a table that memory should not hold. */
  readParts<T extends Table>(
    table: T,
    onPart: (rows: readonly Row<T>[]) => void,
    where?: string,
  ): Promise<void>;
  /**
   * Add rows to one of the stage's `writes`, after those added before. A table may be written in as many parts as there are
   * batches, so that memory need not hold it; each table at least once, with no rows where it has none. Files are written when
   * the whole stage has succeeded.
   */
  write<T extends Table>(table: T, rows: readonly Row<T>[]): void;
  /** Keeps a part of the work, so that a run that is interrupted need not do it again. */
  readonly keep: Keep;
  readonly keepMany: KeepMany;
  readonly divide: Divide;
  /** A file for values that memory should not hold; it is removed when the stage ends. */
  spool(): Spool;
  readonly progress: Progress;
}

/** Every resource that a stage declares. */
export const resourcesOf = <S extends object, N extends object>({
  needs,
  uses = [],
}: Pick<Stage<S, N, never>, 'needs' | 'uses'>): (keyof N & string)[] => [...needs, ...uses];

/**
 * The stages that a study can run, in order: the study has their settings and resources, and an earlier stage writes
 * the tables that they read. What a stage reads if it is written is among its `reads` where it is.
 * @throws where two of them write one table
 */
export function runnableStages<S extends object, N extends object, E>(
  stages: readonly Stage<S, N, E>[],
  { settings, resources }: { readonly settings: Available<S>; readonly resources: Resources<N> },
): Stage<S, N, E>[] {
  const writers = new Map<string, string>();
  return stages.flatMap((stage) => {
    const canRun =
      stage.settings.every((name) => settings[name] !== undefined) &&
      stage.needs.every((name) => resources[name] !== undefined) &&
      stage.reads.every(({ name }) => writers.has(name));
    if (!canRun) return [];
    for (const { name } of stage.writes) {
      const other = writers.get(name);
      if (other !== undefined)
        throw new Error(
          `table ${name}: written by ${other} and by ${stage.name}: remove it from the writes of one`,
        );
      writers.set(name, stage.name);
    }
    const also = stage.readsIfWritten?.filter(({ name }) => writers.has(name)) ?? [];
    return also.length === 0 ? [stage] : [{ ...stage, reads: [...stage.reads, ...also] }];
  });
}
