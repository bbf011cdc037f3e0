import { float32 } from '../../../pipeline/graph/tensor.ts';
import { mlpOutput, type Transcoders } from '../../../pipeline/interp/circuit/linear-view.ts';
import type { ModelDims } from '../../../pipeline/models/architecture.ts';
import type { Sae, SaeFile } from '../../../pipeline/sae/sae.ts';
import { keyedRandom } from '../../../pipeline/stats/random.ts';
import { inMemory } from '../../golden-sae.ts';

const WIDTH = 30;

/** A random transcoder of every layer but the second; that of the first layer has a skip connection. */
export const randomTranscoders = (dims: ModelDims): Transcoders<Sae & SaeFile> =>
  Array.from({ length: dims.nLayers }, (_, layer) =>
    layer === 1 ? null : randomTranscoder(dims, layer),
  );

function randomTranscoder({ dModel: d }: ModelDims, layer: number): Sae & SaeFile {
  const random = keyedRandom(5, `transcoder ${layer}`);
  const draw = (scale: number, mean: number, ...dims: number[]) =>
    float32(
      Array.from(
        { length: dims.reduce((a, b) => a * b, 1) },
        () => mean + scale * (2 * random() - 1),
      ),
      dims,
    );
  const hasSkip = layer === 0;
  return inMemory({
    id: `tc_${layer}`,
    family: 'tc',
    layer,
    hook: `blocks.${layer}.ln2.hook_normalized`,
    outputHook: mlpOutput(layer),
    dIn: d,
    dSae: WIDTH,
    dOut: d,
    hasSkip,
    params: {
      W_enc: draw(0.5, 0, d, WIDTH),
      b_enc: draw(0.2, 0, WIDTH),
      W_dec: draw(0.5, 0, WIDTH, d),
      b_dec: draw(0.3, 0.1, d),
      threshold: draw(0.2, 0.6, WIDTH),
      ...(hasSkip && { W_skip: draw(0.4, 0, d, d) }),
    },
  });
}
