import * as ort from 'onnxruntime-web/wasm';
import { bytesOf, type LoadedModel, loadedModel } from '../../../pipeline/live/live-lists.ts';
import type { DType, RunGraph, TensorData } from '../../../pipeline/live/write-lists.ts';
import type { LiveGraph, LiveModel } from '../../../pipeline/schema/live.ts';
import { fetchFile } from '../fetch-file.ts';

/**
 * Load and compile a model. @param onBytes is told how many bytes have come
 * @throws where a file is missing, or the browser cannot run WebAssembly
 */
export async function loadModel(
  files: Readonly<Record<'model' | 'runtime', string>>,
  onBytes: (loaded: number) => void,
): Promise<LoadedModel> {
  let loaded = 0;
  const count = (bytes: number) => {
    loaded += bytes;
    onBytes(loaded);
  };
  const [pack, program] = await Promise.all([
    fetchPack(files.model, count),
    fetchPack(files.runtime, count),
  ]);
  ort.env.wasm.numThreads = 1; // threads would need headers that a static server does not send
  ort.env.wasm.wasmBinary = program;
  const length = new DataView(pack).getUint32(0, true);
  const model: LiveModel = JSON.parse(new TextDecoder().decode(new Uint8Array(pack, 4, length)));
  const weights = { path: model.setting.weights.file, data: new Uint8Array(pack, 4 + length) };
  const step = await compiled(model.step, weights);
  const activations = await compiled(model.activations, weights);
  return loadedModel(model, { step, activations });
}

/** A file, counted as it comes, and decompressed. */
async function fetchPack(url: string, onBytes: (bytes: number) => void): Promise<ArrayBuffer> {
  const { body } = await fetchFile(url);
  if (body === null) throw new Error(`${url}: empty: reload the page`);
  const counted = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      onBytes(chunk.byteLength);
      controller.enqueue(chunk);
    },
  });
  const whole = body.pipeThrough(counted).pipeThrough(new DecompressionStream('gzip'));
  return new Response(whole).arrayBuffer();
}

async function compiled(
  graph: LiveGraph,
  weights: { readonly path: string; readonly data: Uint8Array },
): Promise<RunGraph> {
  const session = await ort.InferenceSession.create(bytesOf(graph), {
    executionProviders: ['wasm'],
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    externalData: [weights],
  });
  return async (feeds, names) => {
    const given = Object.entries(feeds).map(
      ([name, { dtype, data, dims }]): [string, ort.Tensor] => [
        name,
        new ort.Tensor(dtype as ort.Tensor.Type, data as never, dims),
      ],
    );
    const outputs = await session.run(Object.fromEntries(given), [...names]);
    return Object.fromEntries(
      names.map((name) => {
        const { type, data, dims } = outputs[name]!;
        return [name, { dtype: type as DType, data: data as TensorData, dims }];
      }),
    );
  };
}
