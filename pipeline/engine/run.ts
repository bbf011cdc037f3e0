import { mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Model } from '../models/model.ts';
import type { Provider } from '../runtime/session.ts';
import { openSae } from '../sae/open-sae.ts';
import { releaseOf } from '../sae/releases/all.ts';
import type { SaeFile } from '../sae/sae.ts';
import { codeVersion, pinnedVersion } from '../schema/code-version.ts';
import { completions } from '../schema/completions.ts';
import {
  type FileEntry,
  type Manifest,
  type Provenance,
  problem,
  readManifest,
  sha256,
  verify,
  writeManifest,
} from '../schema/manifest.ts';
import type { Row, Table } from '../schema/table.ts';
import type { ExplanationCache } from '../sources/explanations.ts';
import type { Tokenizer } from '../sources/formats/tokenizer.ts';
import type { ModelFolder } from '../sources/model-folder.ts';
import type { ReleasedFolder } from '../sources/released-folder.ts';
import type { SaeFolders } from '../sources/sae-folders.ts';
import { extentOf } from '../stages/extent.ts';
import type { Progress, Stage, StageContext } from '../stages/stage.ts';
import type { Study } from '../study/study.ts';
import { writeDatabase } from './database.ts';
import { planStage, type StagePlan, withoutGraphs } from './memory-plan.ts';
import { readParquet, writeParquet } from './parquet.ts';

/** One study on one machine. */
export interface Run {
  readonly study: Study;
  readonly stages: readonly Stage[];
  /** Folder of the study's tables. */
  readonly results: string;
  readonly model: ModelFolder;
  /** Its shapes, by which memory is planned. */
  readonly outline: () => Model;
  /** Opened when a stage first uses it, and checked then. */
  readonly opened: () => Model;
  readonly tokenizer: () => Tokenizer;
  /** Looked for only by stages that use them. */
  readonly saes: () => SaeFolders;
  readonly explanations: () => ExplanationCache;
  /** What the original author released; only a study of it has one. */
  readonly released?: ReleasedFolder;
  readonly provider: Provider;
  /** Bytes of its device that graphs may use. */
  readonly memory: number;
  /** ISO 8601, for the manifest. */
  readonly now: () => string;
}

/**
 * Why a stage must run, or null where its tables are up to date. Decided by hashes of its config, model,
 * inputs and code, never by the age of a file.
 */
export function staleness(run: Run, stage: Stage): string | null {
  const manifest = readManifest(run.results);
  const files = stage.writes.map(fileOf);
  const problems = files.flatMap((file) => problem(run.results, manifest, file) ?? []);
  if (problems.length > 0) return problems[0]!;
  const key = stageKey(run, stage, manifest);
  const fresh = files.every((file) => manifest?.files[file]?.stage_key === key);
  return fresh ? null : 'its config, model, inputs or code changed';
}

/**
 * Run one stage. Its tables, and then the manifest, are replaced only after all of them were written, so
 * a failure leaves the earlier results as they were.
 * @throws where an input is missing or altered, or the stage fails
 */
export async function runStage(run: Run, stage: Stage, progress: Progress): Promise<void> {
  const manifest = readManifest(run.results);
  for (const input of stage.reads) checkInput(run, stage, input, manifest);
  const written = new Map<Table, readonly Row<Table>[]>();
  const { batchSize } = await planOf(run, stage);
  const study = { ...run.study, batchSize: batchSize ?? run.study.batchSize };
  await stage.run({ ...contextOf(run, stage, progress, written), study });
  const partial = join(run.results, `.${stage.name}.partial`);
  mkdirSync(partial, { recursive: true });
  try {
    await commit(run, stage, written, partial);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** Rewrite `study.duckdb` over the tables that exist, and name every file that is missing or altered. */
export async function finish(run: Run): Promise<string[]> {
  const manifest = readManifest(run.results);
  if (manifest === null) return [];
  const tables = run.stages.flatMap((stage) => stage.writes);
  await writeDatabase(
    run.results,
    tables.filter((table) => problem(run.results, manifest, fileOf(table)) === null),
  );
  return verify(run.results, manifest);
}

export const fileOf = (table: Table): string => `${table.name}.parquet`;

/** What a stage's tables depend on, as one hash. */
function stageKey(run: Run, stage: Stage, manifest: Manifest | null): string {
  const usesModel = stage.config.includes('model');
  return sha256(
    JSON.stringify({
      config: stage.config.map((key) => [key, run.study[key] ?? null]),
      model: usesModel ? [run.model.revision, run.provider] : null,
      ...(stage.config.includes('saes') && { saes: run.saes().revision }),
      ...(stage.config.includes('explanations') && { explanations: run.explanations().revision }),
      ...(stage.config.includes('released') && { released: run.released?.revision }),
      inputs: stage.reads.map((table) => manifest?.files[fileOf(table)]?.sha256 ?? null),
      code: codeOf(stage),
      columns: stage.writes,
    }),
  );
}

/** The code of a stage: its own, that which writes its rows, and the model's where it uses one. */
function codeOf({ source, config }: Stage): string {
  const model = ['../models/model.ts', '../runtime/numerics.ts'];
  const given = ['./parquet.ts', ...(config.includes('model') ? model : [])];
  const files = [source, ...given.map((file) => import.meta.resolve(file))];
  return sha256(files.map((file) => codeVersion(file)).join(''));
}

function checkInput(run: Run, stage: Stage, input: Table, manifest: Manifest | null): void {
  const fault = problem(run.results, manifest, fileOf(input));
  const source = run.stages.find(({ writes }) => writes.includes(input));
  if (fault)
    throw new Error(
      `stage ${stage.name} needs ${fault}: run "npm run compute -- ${run.study.name} --only ${source?.name}"`,
    );
}

/** What memory a stage needs, by the lists that it reads, or the longest that there could be. */
export async function planOf(run: Run, stage: Stage): Promise<StagePlan> {
  if (stage.graphs === undefined) return withoutGraphs(stage);
  const { study, provider, results, memory } = run;
  const drawn = problem(results, readManifest(results), fileOf(completions)) === null;
  const known = drawn && stage.reads.includes(completions);
  const lists = known ? await readParquet(join(results, fileOf(completions)), completions) : null;
  const at = { study, provider, model: run.outline(), tokenizer: run.tokenizer(), lists };
  return planStage(stage, extentOf(at), memory);
}

function contextOf(
  run: Run,
  stage: Stage,
  progress: Progress,
  written: Map<Table, readonly Row<Table>[]>,
): StageContext {
  return {
    study: run.study,
    provider: run.provider,
    model: run.opened,
    tokenizer: run.tokenizer,
    saes: () => openSaes(run),
    explanations: (saeId) => run.explanations().of(saeId),
    released: (file) => releasedIn(run).path(file),
    read: (table, where) =>
      readParquet(join(run.results, fileOf(declared(stage, 'reads', table))), table, where),
    write: (table, rows) => written.set(declared(stage, 'writes', table), rows),
    progress,
  };
}

function releasedIn({ study, released }: Run): ReleasedFolder {
  if (released === undefined) throw new Error(`study ${study.name} has no released data`);
  return released;
}

/** One after the other: a release can be large, and the files lie on one disk. */
async function openSaes({ study, saes }: Run): Promise<SaeFile[]> {
  const { hub, width, ids } = study.saes;
  const release = releaseOf(hub);
  const { dirs, fetch } = saes();
  const l0s = await fetch?.();
  const opened: SaeFile[] = [];
  for (const id of ids) opened.push(await openSae({ release, dirs, width }, id, l0s?.get(id)));
  return opened;
}

function declared<T extends Table>(stage: Stage, list: 'reads' | 'writes', table: T): T {
  if (!stage[list].includes(table))
    throw new Error(`stage ${stage.name} does not list ${table.name} in its ${list}`);
  return table;
}

async function commit(
  run: Run,
  stage: Stage,
  written: ReadonlyMap<Table, readonly Row<Table>[]>,
  partial: string,
): Promise<void> {
  const before = readManifest(run.results);
  const provenance = provenanceOf(run, stage);
  const stage_key = stageKey(run, stage, before);
  const entries: Record<string, FileEntry> = {};
  for (const table of stage.writes) {
    const rows = written.get(table);
    if (!rows) throw new Error(`stage ${stage.name} did not write ${table.name}`);
    const path = join(partial, fileOf(table));
    await writeParquet(path, table, rows, keyValues(provenance));
    const data = readFileSync(path);
    entries[fileOf(table)] = {
      table: table.name,
      row: table.row,
      rows: rows.length,
      bytes: data.length,
      sha256: sha256(data),
      stage: stage.name,
      stage_key,
      metadata: provenance,
    };
  }
  for (const file of Object.keys(entries)) renameSync(join(partial, file), join(run.results, file));
  const known = new Set(run.stages.flatMap(({ writes }) => writes.map(fileOf)));
  const files = { ...before?.files, ...entries };
  writeManifest(run.results, {
    ...provenance,
    files: Object.fromEntries(Object.entries(files).filter(([file]) => known.has(file))),
  });
}

const provenanceOf = (run: Run, stage: Stage): Provenance => ({
  study: run.study.name,
  kind: run.study.kind,
  config_hash: sha256(JSON.stringify(run.study)),
  seed: run.study.seed,
  bootstrap: run.study.bootstrap,
  model: run.model.id,
  model_revision: run.model.revision,
  sae_release: stage.config.includes('saes') ? run.saes().id : null,
  sae_revision: stage.config.includes('saes') ? run.saes().revision : null,
  code_version: codeOf(stage),
  runtime: `onnxruntime-node ${pinnedVersion('onnxruntime-node')}`,
  provider: run.provider,
  date: run.now(),
});

/** All but the date, which would make two runs of one seed differ in bytes. */
const keyValues = ({ date: _, ...rest }: Provenance): Record<string, string> =>
  Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, asText(value)]));

const asText = (value: Provenance[keyof Provenance]): string =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '');
