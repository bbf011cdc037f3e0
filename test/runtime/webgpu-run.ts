/** Runs on the webgpu provider, in a process of its own: what webgpu.test.ts looks at, as JSON on stdout. */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Node } from '../../pipeline/graph/builder.ts';
import { encodeModel } from '../../pipeline/graph/encode.ts';
import { externalDir } from '../../pipeline/graph/external-dir.ts';
import { attributeSaes } from '../../pipeline/interp/attribution/attribute-saes.ts';
import type { AttributionRow } from '../../pipeline/interp/attribution/attribution-rows.ts';
import type { Model } from '../../pipeline/models/model.ts';
import { canRun } from '../../pipeline/runtime/find-provider.ts';
import { type GenerateOptions, generate } from '../../pipeline/runtime/generate.ts';
import { hostNodes, missingKernels } from '../../pipeline/runtime/kernels.ts';
import * as ort from '../../pipeline/runtime/onnxruntime.ts';
import type { Provider } from '../../pipeline/runtime/session.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import {
  fullestRun,
  type Golden,
  goldenModels,
  loadGolden,
  numbers,
  openGolden,
  tolerance,
} from '../golden.ts';
import { goldenSae, goldenSequences } from '../golden-sae.ts';
import { realDistance, runGolden } from '../models/golden-run.ts';
import { pipelineGraphs } from '../pipeline-graphs.ts';
import { cpuReader } from '../reader.ts';

export interface WebGpuRun {
  /** Largest errors, each with the greatest that is allowed. */
  readonly errors: readonly {
    readonly what: string;
    readonly error: number;
    readonly tol: number;
  }[];
  /** [row]: what was generated, and what the CPU generates. */
  readonly tokens: Readonly<Record<'cpu' | 'webgpu', (readonly number[])[]>>;
}

/** What the kernel table says of one graph; nodes by the name of their first output. */
export interface Verdict {
  readonly graphName: string;
  readonly nodes: readonly string[];
  readonly onHost: readonly string[];
  readonly missing: readonly string[];
}

const golden = openGolden('config_A');
const FILE = 'forward_padded.npz';
const SAES = ['sae_resid_L2_padded.npz', 'sae_z_L1_padded.npz'];
/** The one whose gradient runs through more layers. */
const ATTRIBUTED = SAES.slice(1);
const whole = ({ dir }: Golden): Model => loadModel(join(dir, 'model'));
/** With blocks so small that the embedding lies in four. */
const inBlocks = ({ dir }: Golden): Model =>
  loadModel(join(dir, 'model'), { numerics: { matrices: 'float32', largestBuffer: 20_000 } });

if (process.argv[2] === 'probe') process.stdout.write(String(await canRun('webgpu')));
else if (process.argv[2] === 'placement') await printPlacements();
else process.stdout.write(JSON.stringify(await measure()));

async function measure(): Promise<WebGpuRun> {
  const errors = await attributionErrors();
  const tokens: WebGpuRun['tokens'] = { cpu: [], webgpu: [] };
  for (const golden of goldenModels()) {
    errors.push(...(await goldenErrors(golden)));
    tokens.cpu.push(...(await tokensOn(golden, whole(golden), 'cpu')));
    tokens.webgpu.push(...(await tokensOn(golden, inBlocks(golden), 'webgpu')));
  }
  return { errors, tokens };
}

async function goldenErrors(golden: Golden) {
  const file = fullestRun(golden);
  const npz = await loadGolden(golden, file);
  const found = await runGolden({ npz, model: inBlocks(golden), provider: 'webgpu' });
  const compared = [...found].filter(([name]) => npz.has(name));
  return compared.map(([name, actual]) => ({
    what: `${name} of ${golden.name}`,
    error: realDistance(actual, npz.get(name), npz),
    tol: tolerance(golden, file, name),
  }));
}

function maxError(
  actual: readonly number[],
  expected: readonly number[],
  counted: (i: number) => boolean = () => true,
): number {
  return expected.reduce((worst, x, i) => {
    if (!counted(i)) return worst;
    const error = Math.abs(actual[i]! - x);
    return Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error);
  }, 0);
}

/** Activations and attributions of an SAE, of the features that are ranked first, against the CPU's. */
async function attributionErrors() {
  const npz = await loadGolden(golden, FILE);
  const [pair, at] = ['metric_ids', 'metric_pos'].map((name) => numbers(npz.get(name).data));
  const readings = goldenSequences(npz).map(({ ids, pad }, row) => ({
    ids,
    metricPos: at![row]! - pad,
    pair: pair as [number, number],
    lengths: { prompt: 4, prefix: 7 },
  }));
  const saes = await Promise.all(ATTRIBUTED.map((file) => goldenSae(golden, file)));
  const rowsOn = async (provider: Provider) => {
    const found = new Map<string, AttributionRow[]>(ATTRIBUTED.map((file) => [file, []]));
    const model = provider === 'cpu' ? whole(golden) : inBlocks(golden);
    await attributeSaes(
      cpuReader(model, { provider, batchSize: 4 }),
      saes,
      [{ path: 'zero', readings }],
      {
        top: 20,
        topOfPart: 8,
        onRows: ({ sae, rows }) => void found.get(sae.id)!.push(...rows),
      },
    );
    return found;
  };
  const [cpu, gpu] = [await rowsOn('cpu'), await rowsOn('webgpu')];
  return ATTRIBUTED.flatMap((file) => {
    const compare = (what: string, of: (row: AttributionRow) => readonly number[], tol: number) => {
      const [actual, expected] = [gpu, cpu].map((found) => found.get(file)!.flatMap(of));
      return { what: `${what} of ${file}`, error: maxError(actual!, expected!), tol };
    };
    const tol = tolerance(golden, file, 'attr');
    return [
      compare('activations', ({ maxActs }) => [...maxActs], tolerance(golden, file, 'acts')),
      compare('attributions', ({ byValue }) => byValue.map((top) => top.attribution), tol),
      compare('ranked features', ({ byValue }) => byValue.map((top) => top.feature), 0),
      compare('error terms', ({ byPosition }) => byPosition.map(({ error }) => error), tol),
    ];
  });
}

async function tokensOn(golden: Golden, model: Model, provider: Provider): Promise<number[][]> {
  const npz = await loadGolden(golden, fullestRun(golden));
  const prompts = goldenSequences(npz).map(({ ids }, row) => ({ key: `row ${row}`, prompt: ids }));
  const sampling = { seed: 3, temperature: 0.8, topP: 0.9, maxNewTokens: 4 };
  const options: GenerateOptions = { provider, ...sampling, stopIds: [], batchSize: 8 };
  return (await generate(model, prompts, options)).map(({ ids }) => [...ids]);
}

/** Open every graph with the runtime's own log, which says where each node is put. */
async function printPlacements(): Promise<void> {
  ort.env.logLevel = 'verbose';
  const saes = await Promise.all(SAES.map((file) => goldenSae(golden, file)));
  for (const [graphName, build] of Object.entries(pipelineGraphs(inBlocks(golden), saes))) {
    const graph = build();
    const [bytes, folder] = [encodeModel(graph), externalDir(graph)];
    const nameOf = ({ outputs }: Node) => outputs[0]!.name;
    const nodes = graph.nodes.map(nameOf);
    const onHost = [...hostNodes(graph)].map(nameOf);
    const missing = missingKernels(graph, 'webgpu').map(({ name }) => name);
    const said: Verdict = { graphName, nodes, onHost, missing };
    writeSync(2, `graph ${JSON.stringify(said)}\n`); // in order with what the runtime writes
    const session = await ort.InferenceSession.create(bytes, {
      executionProviders: ['webgpu', 'cpu'],
      graphOptimizationLevel: 'all',
      logSeverityLevel: 0,
      extra:
        folder === null
          ? {}
          : { session: { model_external_initializers_file_folder_path: folder } },
    });
    await session.release();
  }
}
