import type { Manifest, Provenance } from '../schema/manifest.ts';
import type { Table } from '../schema/table.ts';
import type { StagePlan } from './memory-plan.ts';
import type { Resources } from './resource.ts';
import type { Given, Stage } from './stage.ts';

/** One study on one machine: its stages, and all that they run on. */
export interface StudyRun<Settings extends object, Needs extends object, Extent> {
  readonly name: string;
  readonly settings: Given<Settings>;
  readonly resources: Resources<Needs>;
  /** Those that the study can run, in order. */
  readonly stages: readonly Stage<Settings, Needs, Extent>[];
  /** Folder of the study's tables. */
  readonly results: string;
  /** What every table says of its origin. */
  readonly provenance: Omit<Provenance, 'code_version' | 'date'>;
  /** What memory a stage needs, and the settings that are changed so that the device holds it. */
  plan(stage: Stage<Settings, Needs, Extent>): Promise<Planned<Settings>>;
  /** ISO 8601, for the manifest. */
  readonly now: () => string;
}

export interface Planned<Settings extends object> {
  readonly plan: StagePlan;
  readonly settings: Given<Settings>;
}

export const fileOf = (table: Table): string => `${table.name}.parquet`;

/** The tables of the manifest that no stage of the study writes any more do not belong to it. */
export const withoutStrangers = (
  files: Manifest['files'],
  stages: readonly { readonly writes: readonly Table[] }[],
): Manifest['files'] => {
  const known = new Set(stages.flatMap(({ writes }) => writes.map(fileOf)));
  return Object.fromEntries(Object.entries(files).filter(([file]) => known.has(file)));
};
