import { bytesOf, type LoadedModel, loadedModel } from '../../../pipeline/live/live-lists.ts';
import type { LiveModel } from '../../../pipeline/schema/live.ts';
import { fetchPack } from './fetch-pack.ts';
import { compiled, useProgram } from './run-graph.ts';

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
  useProgram(program);
  const length = new DataView(pack).getUint32(0, true);
  const model: LiveModel = JSON.parse(new TextDecoder().decode(new Uint8Array(pack, 4, length)));
  const weights = { path: model.setting.weights.file, data: new Uint8Array(pack, 4 + length) };
  const step = await compiled(bytesOf(model.step), weights);
  const activations = await compiled(bytesOf(model.activations), weights);
  return loadedModel(model, { step, activations });
}
