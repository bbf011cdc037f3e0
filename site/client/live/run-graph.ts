import * as ort from 'onnxruntime-web/wasm';
import type { DType, RunGraph, TensorData } from '../../../pipeline/live/write-lists.ts';

/** Set up the runtime: one thread, as more would need headers that a static server does not send. @param program its WebAssembly */
export function useProgram(program: ArrayBuffer): void {
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmBinary = program;
}

/** Compile a graph. @param bytes an ONNX ModelProto @param weights the file that its external weights are in */
export async function compiled(
  bytes: Uint8Array,
  weights: { readonly path: string; readonly data: Uint8Array },
): Promise<RunGraph> {
  const session = await ort.InferenceSession.create(bytes, {
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
