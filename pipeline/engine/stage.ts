import type { GraphUse } from '../graph/graph-use.ts';
import type { Row, Table } from '../schema/table.ts';
import type { Progress } from './progress.ts';
import type { Resources } from './resource.ts';

/**
 * One step of a method: it reads tables, computes, and writes tables. It runs again when the settings that it names, the
 * resources that it needs, the rows that it reads, or its code have changed.
 *
 * @typeParam Settings the settings that a study can have, by name
 * @typeParam Needs what resources give, by name
 * @typeParam Extent what decides how large a stage's graphs are
 */
export interface Stage<Settings extends object, Needs extends object, Extent> {
  /** Also the file's name: `1-generate`. */
  readonly name: string;
  /** `import.meta.url` of the file that defines it: its code is this file and all that it imports. */
  readonly source: string;
  /** The settings of the study that it reads; `run` sees no others. */
  readonly settings: readonly (keyof Settings & string)[];
  /** The resources that it cannot run without. */
  readonly needs: readonly (keyof Needs & string)[];
  /** The resources that it uses where the study has them. */
  readonly uses?: readonly (keyof Needs & string)[];
  readonly reads: readonly Table[];
  readonly writes: readonly Table[];
  /** Every graph that it runs, at its largest: what memory it needs is planned from these. */
  graphs?(extent: Extent): GraphUse[];
  run(context: StageContext<Settings, Needs>): Promise<void>;
}

/** What the engine hands to a stage: the settings and resources that it names, and its tables. */
export interface StageContext<Settings extends object, Needs extends object> extends TableAccess {
  readonly settings: Given<Settings>;
  readonly resources: Given<Needs>;
}

/** Some of many things by name. */
export type Given<T> = { readonly [K in keyof T]?: T[K] | undefined };

export interface TableAccess {
  /**
   * Rows of one of the stage's `reads`, checked against the manifest; of a large one, those that an SQL condition
   * holds for.
   */
  read<T extends Table>(table: T, where?: string): Promise<Row<T>[]>;
  /** All rows of one of the stage's `writes`; the file appears when the whole stage has succeeded. */
  write<T extends Table>(table: T, rows: readonly Row<T>[]): void;
  readonly progress: Progress;
}

/** Every resource that a stage reads where the study has it. */
export const resourcesOf = <S extends object, N extends object>({
  needs,
  uses = [],
}: Pick<Stage<S, N, never>, 'needs' | 'uses'>): (keyof N & string)[] => [...needs, ...uses];

/**
 * The stages that a study can run, in order: those whose settings and resources it has, and whose tables are written by
 * a stage before them.
 * @throws where two of them write one table
 */
export function runnable<S extends object, N extends object, E>(
  stages: readonly Stage<S, N, E>[],
  { settings, resources }: { readonly settings: Given<S>; readonly resources: Resources<N> },
): Stage<S, N, E>[] {
  const writers = new Map<string, string>();
  return stages.filter((stage) => {
    const runs =
      stage.settings.every((name) => settings[name] !== undefined) &&
      stage.needs.every((name) => resources[name] !== undefined) &&
      stage.reads.every(({ name }) => writers.has(name));
    if (!runs) return false;
    for (const { name } of stage.writes) {
      const other = writers.get(name);
      if (other !== undefined)
        throw new Error(`table ${name}: written by ${other} and by ${stage.name}: name it once`);
      writers.set(name, stage.name);
    }
    return true;
  });
}
