import * as ort from 'onnxruntime-node';
import type { Graph } from '../graph/builder.ts';
import { encodeModel } from '../graph/encode.ts';
import type { DType, Tensor, TensorData } from '../graph/tensor.ts';
import { type MissingKernel, missingKernels } from './kernels.ts';
import { PROVIDERS, type Provider } from './provider.ts';

export { PROVIDERS, type Provider };

export type Feeds = Readonly<Record<string, Tensor>>;
export type Fetches = Readonly<Record<string, Tensor>>;

/** A graph ready to run; `await using` releases it. */
export interface Session extends AsyncDisposable {
  /** @param fetch the outputs wanted; all where left out */
  run(feeds: Feeds, fetch?: readonly string[]): Promise<Fetches>;
  /** Free its memory; only one model session should live at a time. */
  release(): Promise<void>;
}

export interface SessionOptions {
  readonly provider: Provider;
  /** Threads of one operator; as many as there are cores where left out. */
  readonly threads?: number;
}

/**
 * Compile a graph. Its external weights are mapped from their files, not read.
 * @throws where the provider has no kernel for a node or is not usable here, or a weight file is damaged
 */
export async function openSession(graph: Graph, options: SessionOptions): Promise<Session> {
  checkKernels(graph, options.provider);
  const session = await createSession(graph, options);
  return {
    run: async (feeds, fetch = session.outputNames) => {
      const found = await session.run(toOrt(feeds), [...fetch]);
      return Object.fromEntries(fetch.map((name) => [name, fromOrt(found[name]!)]));
    },
    release: () => session.release(),
    [Symbol.asyncDispose]: () => session.release(),
  };
}

/** A node without one would run on the CPU, between two copies, at every run. */
function checkKernels(graph: Graph, provider: Provider): void {
  const missing = missingKernels(graph, provider);
  if (missing.length === 0) return;
  const [{ op, dtype, name }] = missing as [MissingKernel, ...MissingKernel[]];
  throw new Error(
    `provider ${provider} has no kernel for ${missing.length} nodes, the first ${op} of ${dtype} (${name}): choose --provider cpu`,
  );
}

/**
 * Products are faster on weights that the runtime has packed, but packing copies them: weights larger than this stay
 * as they are mapped, which costs no memory and opens at once. Large products pack what they need as they go.
 */
const MOST_PACKED = 2 ** 30;

const externalBytes = ({ initializers }: Graph): number =>
  initializers.reduce((sum, held) => sum + ('external' in held ? held.external.bytes : 0), 0);

async function createSession(
  graph: Graph,
  { provider, threads }: SessionOptions,
): Promise<ort.InferenceSession> {
  const { bytes, externalDir } = encodeModel(graph);
  // CUDA would shorten float32 operands to 10 bits; it reads this when its library is loaded.
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
          disable_prepacking: externalBytes(graph) > MOST_PACKED ? '1' : '0',
          ...(externalDir === null
            ? {}
            : { model_external_initializers_file_folder_path: externalDir }),
        },
        optimization: { constant_folding_max_output_size_in_bytes: '0' },
      },
    });
  } catch (cause) {
    const reason = (cause as Error).message.split('\n')[0];
    if (provider === 'cpu') throw new Error(`cannot load the model: ${reason}`, { cause });
    throw new Error(
      `provider ${provider} is not usable here (${reason}): install its libraries or choose --provider cpu`,
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
