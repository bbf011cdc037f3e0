import { existsSync, mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { WriteStream } from 'node:tty';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { readParquet } from '../engine/parquet.ts';
import { fileOf } from '../engine/study-run.ts';
import { circuitScores } from '../schema/circuit-scores.ts';
import { graphEdges } from '../schema/graph-edges.ts';
import { graphNodes } from '../schema/graph-nodes.ts';
import { fileProblem, type Manifest, readManifest } from '../schema/manifest.ts';
import type { Table } from '../schema/table.ts';
import { tokens as tokensTable } from '../schema/tokens.ts';
import { writeText } from '../schema/write-text.ts';
import { runProgram } from './run-program.ts';
import { viewerGraph } from './viewer-graph.ts';

export interface GraphsOptions {
  /** The folder that holds `data/`. */
  readonly root: string;
  /** Folder that the files are written to. */
  readonly to: string;
  readonly output: WriteStream;
}

const TABLES = [graphNodes, graphEdges, circuitScores, tokensTable] as const;

/**
 * Write a study's attribution graphs as JSON files that the viewers of circuit-tracer and Neuronpedia read, one for each list.
 * @throws where the study's tables are missing or damaged
 */
export async function writeGraphs(
  study: string,
  { root, to, output }: GraphsOptions,
): Promise<void> {
  const { dir, manifest } = tablesOf(root, study);
  const read = <T extends Table>(table: T) => readParquet(join(dir, fileOf(table)), table);
  const nodes = Map.groupBy(await read(graphNodes), ({ sample_id }) => sample_id);
  const edges = Map.groupBy(await read(graphEdges), ({ sample_id }) => sample_id);
  const texts = Map.groupBy(await read(tokensTable), ({ sample_id }) => sample_id);
  const model = manifest.files[fileOf(graphNodes)]!.metadata.model;
  const scores = await read(circuitScores);
  mkdirSync(to, { recursive: true });
  for (const list of scores) {
    const { sample_id, n_tokens } = list;
    const graph = viewerGraph({
      nodes: nodes.get(sample_id)!.filter(({ in_graph }) => in_graph),
      edges: edges.get(sample_id) ?? [],
      scores: list,
      model,
      tokens: (texts.get(sample_id) ?? []).slice(0, n_tokens),
    });
    writeText(join(to, `${sample_id}.json`), `${JSON.stringify(graph)}\n`);
  }
  output.write(`${scores.length} graphs in ${relative(root, to) || to}\n`);
}

/** Where a study's tables of graphs are: among the computed ones, else among the published. */
function tablesOf(root: string, study: string): { dir: string; manifest: Manifest } {
  const problems: string[] = [];
  for (const place of ['data/results', 'data/published']) {
    const dir = join(root, place, study);
    const manifest = existsSync(dir) ? readManifest(dir) : null;
    const problem =
      manifest === null
        ? 'no tables'
        : TABLES.map((table) => fileProblem(dir, manifest, fileOf(table))).find((each) => each);
    if (manifest !== null && !problem) return { dir, manifest };
    problems.push(`${place}/${study}: ${problem}`);
  }
  throw new Error(
    `no graphs of ${study} (${problems.join('; ')}): run npm run compute -- ${study}`,
  );
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const program = new Command('npm run graphs --')
    .description(
      'Write a study’s attribution graphs as JSON for circuit-tracer’s viewer and Neuronpedia.',
    )
    .argument('[study]', 'a study that has circuits', 'miniature')
    .option('--to <dir>', 'folder of the files; data/graphs/STUDY where left out')
    .action((study: string, { to }: { to?: string }) =>
      writeGraphs(study, {
        root,
        to: to ?? join(root, 'data/graphs', study),
        output: process.stdout,
      }),
    );
  await runProgram(program);
}
