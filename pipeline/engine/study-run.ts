import type { Manifest, Provenance } from '../schema/manifest.ts';
import type { Table } from '../schema/table.ts';
import type { StagePlan } from './memory-plan.ts';
import type { Resources } from './resource.ts';
import type { Available, Stage } from './stage.ts';

/** One study on one machine: its stages and everything that they need. */
export interface StudyRun<Settings extends object, Needs extends object, Extent> {
  readonly name: string;
  readonly settings: Available<Settings>;
  readonly resources: Resources<Needs>;
  /** The stages that the study can run, in order. */
  readonly stages: readonly Stage<Settings, Needs, Extent>[];
  /** Folder of the study's tables. */
  readonly results: string;
  /** Whether a stage of which only the code has changed counts as up to date: its tables stay as its earlier code wrote them. */
  readonly acceptsCode?: boolean;
  /** The provenance that all tables share. */
  readonly provenance: Omit<Provenance, 'code_version' | 'date'>;
  /** The memory that a stage needs, and the settings that must change so that the device has enough. */
  plan(stage: Stage<Settings, Needs, Extent>): Promise<Planned<Settings>>;
  /** The current time as ISO 8601, for the manifest. */
  readonly now: () => string;
}

export interface Planned<Settings extends object> {
  readonly plan: StagePlan;
  /** Replace the study's settings of the same names. */
  readonly settings: Available<Settings>;
}

/** Name of a table's file. */
export const fileOf = (table: Table): string => `${table.name}.parquet`;

/** The manifest's entries of files that a stage still writes. */
export const currentFiles = (
  files: Manifest['files'],
  stages: readonly { readonly writes: readonly Table[] }[],
): Manifest['files'] => {
  const current = new Set(stages.flatMap(({ writes }) => writes.map(fileOf)));
  return Object.fromEntries(Object.entries(files).filter(([file]) => current.has(file)));
};
