import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { planWithoutGraphs } from '../../pipeline/engine/memory-plan.ts';
import type { Resource } from '../../pipeline/engine/resource.ts';
import { finish, runStage } from '../../pipeline/engine/run.ts';
import type { Stage } from '../../pipeline/engine/stage.ts';
import type { StudyRun } from '../../pipeline/engine/study-run.ts';
import { sha256 } from '../../pipeline/schema/sha256.ts';
import { integer, table } from '../../pipeline/schema/table.ts';
import { PROVENANCE } from '../provenance.ts';
import { type Scope, tempDir } from '../temp.ts';

export interface ToySettings {
  /** A row of `numbers`. */
  readonly first: number;
  /** Named by no stage. */
  readonly other: number;
}

/** Texts of files. */
export interface ToyNeeds {
  readonly words: string;
  readonly notes: string;
}

export type ToyStage = Stage<ToySettings, ToyNeeds, never>;
export type ToyRun = StudyRun<ToySettings, ToyNeeds, never>;

export const numbers = table('numbers', 'one number', { n: integer('the number') });
export const doubles = table('doubles', 'one number', { n: integer('twice the number') });
export const lengths = table('lengths', 'one text', { n: integer('its characters') });

/**
 * Three stages in a folder of their own: `count` writes a setting, `double` reads what it wrote, `measure` needs the
 * resource `words` and uses `notes`. Each stage's code is a file that a test may edit, and so is each resource's.
 */
export function toyStudy(t: Scope, settings: Partial<ToySettings> = {}) {
  const dir = tempDir(t);
  const code = (name: string): string => {
    const path = join(dir, `${name}.ts`);
    writeFileSync(path, 'export {};');
    return pathToFileURL(path).href;
  };
  const edit = (name: string) => writeFileSync(join(dir, `${name}.ts`), 'export const more = 1;');
  const textFile = (name: string, text: string): Resource<string> => {
    const path = join(dir, `${name}.txt`);
    writeFileSync(path, text);
    const read = () => readFileSync(path, 'utf8');
    return { content: sha256(read()), readers: [code(`read-${name}`)], open: read };
  };
  const count: ToyStage = {
    name: 'count',
    source: code('count'),
    settings: ['first'],
    needs: [],
    reads: [],
    writes: [numbers],
    async run({ settings: { first = 0 }, write }) {
      write(numbers, [{ n: first % 10 }, { n: 2 }]);
    },
  };
  const double: ToyStage = {
    name: 'double',
    source: code('double'),
    settings: [],
    needs: [],
    reads: [numbers],
    writes: [doubles],
    async run({ read, write }) {
      const rows = await read(numbers);
      write(
        doubles,
        rows.map(({ n }) => ({ n: 2 * n })),
      );
    },
  };
  const measure: ToyStage = {
    name: 'measure',
    source: code('measure'),
    settings: [],
    needs: ['words'],
    uses: ['notes'],
    reads: [],
    writes: [lengths],
    async run({ resources: { words = '', notes = '' }, write }) {
      write(lengths, [{ n: words.length }, { n: notes.length }]);
    },
  };
  const run: ToyRun = {
    name: 'toy',
    settings: { first: 11, other: 1, ...settings },
    resources: { words: textFile('words', 'one two') },
    stages: [count, double, measure],
    results: join(dir, 'results'),
    provenance: {
      study: 'toy',
      kind: 'run',
      model_kind: 'instruct',
      form: PROVENANCE.form,
      config_hash: 'c',
      seed: 11,
      bootstrap: { resamples: 100, confidence: 0.9 },
      model: 'none',
      model_revision: 'r1',
      sae_release: null,
      sae_revision: null,
      runtime: 'none',
      provider: 'cpu',
      machine: '2 cores (x), 8 GiB',
    },
    plan: async ({ name }) => ({ plan: planWithoutGraphs(name), settings: {} }),
    now: () => '2026-01-01T00:00:00.000Z',
  };
  return { run, count, double, measure, textFile, edit };
}

/** Run every stage. @returns what `finish` finds wrong */
export async function runToy(run: ToyRun): Promise<string[]> {
  for (const stage of run.stages) await runStage(run, stage, () => {});
  return finish(run);
}

/** The same run with some settings or resources in place of its own. */
export const revised = (
  run: ToyRun,
  { settings, resources }: Partial<Pick<ToyRun, 'settings' | 'resources'>>,
): ToyRun => ({
  ...run,
  settings: { ...run.settings, ...settings },
  resources: { ...run.resources, ...resources },
});
