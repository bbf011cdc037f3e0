import type { Graph } from '../graph/builder.ts';
import { encodeModel } from '../graph/encode.ts';
import { externalDir } from '../graph/external-dir.ts';
import { neededOf } from '../graph/needed.ts';
import type { DType, Tensor, TensorData } from '../graph/tensor.ts';
import { assertIndices } from './check-sequences.ts';
import { missingKernels } from './kernels.ts';
import * as ort from './onnxruntime.ts';
import { PROVIDERS, type Provider } from './provider.ts';

export { PROVIDERS, type Provider };

export type Feeds = Readonly<Record<string, Tensor>>;
export type Fetches = Readonly<Record<string, Tensor>>;

/** A compiled graph; `await using` releases it. */
export interface Session extends AsyncDisposable {
  /**
   * @param outputNames the outputs to return; all where left out
   * @throws one line before anything runs, where a position or a token is outside of the model's
   */
  run(feeds: Feeds, outputNames?: readonly string[]): Promise<Fetches>;
  /** Free the session's memory. Only one session with a model's weights should be open at a time. */
  release(): Promise<void>;
}

export interface SessionOptions {
  readonly provider: Provider;
  /** Threads per operator; the number of cores where left out. */
  readonly threads?: number;
}

/**
 * Compile a graph. The files of external weights are memory-mapped.
 * @throws where the provider has no kernel for a node, the provider is not usable on this machine, or a weight file is
 *   damaged
 */
export async function openSession(graph: Graph, options: SessionOptions): Promise<Session> {
  checkKernels(graph, options.provider);
  const session = await createSession(graph, options);
  return {
    run: async (feeds, outputNames = session.outputNames) => {
      assertIndices(graph, feeds);
      const outputs = await session.run(toOrt(feeds), [...outputNames]);
      return Object.fromEntries(outputNames.map((name) => [name, fromOrt(outputs[name]!)]));
    },
    release: () => session.release(),
    [Symbol.asyncDispose]: () => session.release(),
  };
}

/** The runtime would run nodes without a kernel on the CPU, and copy their inputs and outputs in every run. */
function checkKernels(graph: Graph, provider: Provider): void {
  const missing = missingKernels(graph, provider);
  const [first] = missing;
  if (first === undefined) return;
  const { op, dtype, name } = first;
  throw new Error(
    `provider ${provider} has no kernel for ${missing.length} nodes, the first ${op} of ${dtype} (${name}): choose --provider cpu`,
  );
}

/**
 * Bytes of weights up to which the runtime packs them when it opens a session. Packing makes products faster but copies
 * the weights. Larger weights stay memory-mapped, which takes no memory and no time.
 */
const LARGEST_PACKED = 2 ** 30;

function externalBytes(graph: Graph): number {
  const { values } = neededOf(graph);
  const sizes = graph.initializers.map((initializer) =>
    'external' in initializer && values.has(initializer.value) ? initializer.external.bytes : 0,
  );
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

async function createSession(
  graph: Graph,
  { provider, threads }: SessionOptions,
): Promise<ort.InferenceSession> {
  const [bytes, folder] = [encodeModel(graph), externalDir(graph)];
  // By default, CUDA rounds float32 operands to TF32 (10 mantissa bits). It reads this variable when it is loaded.
  if (provider === 'cuda') process.env.NVIDIA_TF32_OVERRIDE ??= '0';
  try {
    return await ort.InferenceSession.create(bytes, {
      executionProviders: provider === 'cpu' ? ['cpu'] : [provider, 'cpu'],
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      extra: {
        session: {
          intra_op: { allow_spinning: '0' },
          disable_prepacking: externalBytes(graph) > LARGEST_PACKED ? '1' : '0',
          ...(folder === null ? {} : { model_external_initializers_file_folder_path: folder }),
        },
        optimization: { constant_folding_max_output_size_in_bytes: '0' },
      },
    });
  } catch (cause) {
    const reason = (cause instanceof Error ? cause.message : String(cause)).split('\n')[0];
    if (provider === 'cpu') throw new Error(`cannot load the model: ${reason}`, { cause });
    throw new Error(
      `provider ${provider} is not usable on this machine (${reason}): install its libraries or choose --provider cpu`,
      { cause },
    );
  }
}

const toOrt = (feeds: Feeds): Record<string, ort.Tensor> =>
  Object.fromEntries(
    Object.entries(feeds).map(([name, { dtype, data, dims }]) => [
      name,
      new ort.Tensor(dtype as ort.Tensor.Type, data as never, dims),
    ]),
  );

const fromOrt = ({ type, dims, data }: ort.Tensor): Tensor => ({
  dtype: type as DType,
  dims,
  data: data as TensorData,
});
