import { cpSync, globSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { writeParquet } from '../../pipeline/engine/parquet.ts';
import {
  type FileEntry,
  type Manifest,
  readManifest,
  writeManifest,
} from '../../pipeline/schema/manifest.ts';
import { TABLE, tablePart } from '../../pipeline/schema/parts.ts';
import { predictions } from '../../pipeline/schema/predictions.ts';
import { sha256 } from '../../pipeline/schema/sha256.ts';
import { schemaRows } from './schema-rows.ts';

/** Features of each SAE in the copies, so that their cards are built in no time: the strongest. */
const FEATURES = 4;

/** Of the miniature's process and training, which no other model has. */
const OF_THE_MINIATURE = ['process_check.parquet', 'planted.parquet'];

/** What the manifest of a copy says of its model, where that is not what the miniature's says. */
type Model = Pick<Manifest, 'model_kind' | 'form'>;

/** A chat model whose turn ends right after a list's last item, as SmolLM2's does. */
export const TURN_ENDS: Model = {
  model_kind: 'instruct',
  form: {
    name: 'hyphens-turn',
    request: 'chat',
    examples: 0,
    events: {
      item: { end: '<|im_end|>', again: '\n' },
      newline: { end: '<|im_end|>', again: '-' },
    },
  },
};

/** A base model that ends lists with a blank line, as Gemma 3 270M does. */
export const BASE_MODEL: Model = {
  model_kind: 'base',
  form: {
    name: 'hyphens-text',
    request: 'text',
    examples: 0,
    events: { item: { end: '\n\n', again: '\n' }, newline: { end: '\n', again: '-' } },
  },
};

/**
 * Copies of a study's results, one for each name: those called other than `miniature` say that they are a run, with SAEs
 * that the project trained. They have few features. Each manifest is that of its copy.
 */
export async function copyStudies(
  from: string,
  root: string,
  names: readonly string[],
  told: Partial<Model> = {},
) {
  for (const study of names) {
    const dir = join(root, study);
    mkdirSync(root, { recursive: true });
    cpSync(from, dir, { recursive: true });
    await keepFewFeatures(dir);
    const kind = study === 'miniature' ? 'miniature' : 'run';
    editManifest(dir, (manifest) => {
      const model = kind === 'run' ? `models/${study}` : manifest.model;
      const kept = Object.entries(manifest.files).filter(
        ([file]) => kind === 'miniature' || !OF_THE_MINIATURE.includes(file),
      );
      const entries = kept.map(([file, entry]) => {
        const isTrained = kind === 'run' && entry.metadata.sae_release !== null;
        const release = isTrained ? { sae_release: `trained: ${study}` } : {};
        return [file, { ...entry, metadata: { ...entry.metadata, ...told, ...release } }];
      });
      return { ...manifest, ...told, study, kind, model, files: Object.fromEntries(entries) };
    });
    if (kind === 'run') for (const file of OF_THE_MINIATURE) rmSync(join(dir, file));
  }
}

const keepFewFeatures = (dir: string): Promise<void> =>
  rewriteTable(
    dir,
    'features',
    `SELECT features.* FROM features
    JOIN (SELECT sae_id, feature, sum(abs(attribution)) AS size FROM feature_attributions GROUP BY ALL)
      USING (sae_id, feature)
    QUALIFY row_number() OVER (PARTITION BY sae_id ORDER BY size DESC) <= ${FEATURES}
    ORDER BY size DESC`,
  );

/** Give a study predictions, one of them right and one wrong, which the miniature has none of. */
export async function addPredictions(dir: string): Promise<void> {
  const file = `${predictions.name}.parquet`;
  const rows = schemaRows(predictions);
  await writeParquet(join(dir, file), predictions, rows);
  const data = readFileSync(join(dir, file));
  const about = { table: predictions.name, row: predictions.row, rows: rows.length };
  const found = { bytes: data.length, sha256: sha256(data), stage: '10-predictions' };
  editManifest(dir, ({ files, ...manifest }) => {
    const { metadata } = Object.values(files)[0]!;
    return { ...manifest, files: { ...files, [file]: { ...about, ...found, metadata } } };
  });
}

/** Put the rows of a query in the place of a table's, and say so in the manifest; all tables can be asked. */
export async function rewriteTable(dir: string, table: string, sql: string): Promise<void> {
  const file = `${table}.parquet`;
  const partial = join(dir, `${table}.partial`);
  const rows = await ask(dir, [
    `COPY (${sql}) TO '${partial}' (FORMAT parquet)`,
    `SELECT count(*) FROM read_parquet('${partial}')`,
  ]);
  renameSync(partial, join(dir, file));
  const data = readFileSync(join(dir, file));
  const found = { sha256: sha256(data), bytes: data.length, rows: Number(rows[0]![0]) };
  editManifest(dir, (manifest) => ({
    ...manifest,
    files: { ...manifest.files, [file]: { ...manifest.files[file]!, ...found } },
    stages: withInput(manifest.stages, table, found),
  }));
}

/** The stages as if they had read the table as it is now: a report is not built from tables that do not belong together. */
const withInput = (
  stages: Manifest['stages'],
  table: string,
  entry: Pick<FileEntry, 'sha256'>,
): Manifest['stages'] => {
  const part = `${TABLE}${table}`;
  return Object.fromEntries(
    Object.entries(stages).map(([name, stage]) => {
      const parts =
        part in stage.parts ? { ...stage.parts, [part]: tablePart(entry) } : stage.parts;
      return [name, { ...stage, parts }];
    }),
  );
};

export const columnsOf = async (dir: string, table: string): Promise<string[]> =>
  (await ask(dir, [`SELECT column_name FROM (DESCRIBE ${table})`])).map(([name]) => String(name));

/** Ask a study's tables several questions. @returns the rows of the last */
async function ask(dir: string, questions: readonly string[]): Promise<DuckDBValue[][]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  for (const path of globSync(join(dir, '*.parquet')))
    await connection.run(
      `CREATE VIEW ${basename(path, '.parquet')} AS FROM read_parquet('${path}')`,
    );
  let rows: DuckDBValue[][] = [];
  for (const sql of questions) rows = (await connection.runAndReadAll(sql)).getRows();
  connection.closeSync();
  instance.closeSync();
  return rows;
}

function editManifest(dir: string, edit: (manifest: Manifest) => Manifest): void {
  writeManifest(dir, edit(readManifest(dir)!));
}
