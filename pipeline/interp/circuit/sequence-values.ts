import { Graph } from '../../graph/builder.ts';
import { reshape } from '../../graph/layout.ts';
import { gather } from '../../graph/ops.ts';
import { int64 } from '../../graph/tensor.ts';
import { forward } from '../../models/forward.ts';
import type { Model } from '../../models/model.ts';
import { type Batch, padLeft } from '../../runtime/batch.ts';
import { floats, output } from '../../runtime/outputs.ts';
import { type Feeds, openSession, type Session } from '../../runtime/session.ts';
import type { Reader, Sequence } from '../reader.ts';
import { givenName, isFrozen, mlpOutput, type Transcoders } from './linear-view.ts';

/** The values of one sequence that its linear view holds fixed or starts from. */
export interface SequenceValues {
  readonly batch: Batch;
  /** The frozen values, as feeds of graphs with a linear view. */
  readonly frozen: Feeds;
  /** [T, d_model] */
  readonly embed: Float32Array;
  /** By hook, [T, width]: what the transcoders read, what MLPs add, and the residual stream after the last layer. */
  readonly hooks: Readonly<Record<string, Float32Array>>;
  /** [d_vocab]: after the last token, softcapped where the model does so. */
  readonly logits: Float32Array;
}

/** Reads the values of sequences, one at a time. */
export class ValuesReader implements AsyncDisposable {
  readonly #session: Session;
  readonly #frozen: readonly string[];
  readonly #hooks: readonly string[];

  private constructor(session: Session, frozen: readonly string[], hooks: readonly string[]) {
    this.#session = session;
    this.#frozen = frozen;
    this.#hooks = hooks;
  }

  static async open(reader: Reader, transcoders: Transcoders): Promise<ValuesReader> {
    const { graph, frozen, hooks } = valuesGraph(reader.model, transcoders);
    return new ValuesReader(await openSession(graph, reader), frozen, hooks);
  }

  async read({ ids }: Sequence): Promise<SequenceValues> {
    const batch = padLeft([ids]);
    const last = int64([ids.length - 1], [1]);
    const outputs = await this.#session.run({ ...batch.feeds, last });
    return {
      batch,
      frozen: Object.fromEntries(
        this.#frozen.map((hook) => [givenName(hook), output(outputs, hook)]),
      ),
      embed: floats(outputs, EMBED),
      hooks: Object.fromEntries(this.#hooks.map((hook) => [hook, floats(outputs, hook)])),
      logits: floats(outputs, 'logits'),
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#session.release();
  }
}

const EMBED = 'hook_embed';

/** The residual stream after the last layer, which the metric reads. */
export const finalHook = (nLayers: number): string => `blocks.${nLayers - 1}.hook_resid_post`;

/**
 * Outputs: `hook_embed`, the frozen values, the `hooks` of `SequenceValues`, and `logits` [1, d_vocab] after the token
 * `last`, int64 [1].
 */
export function valuesGraph(model: Model, transcoders: Transcoders) {
  const { nLayers, dModel } = model.dims;
  const graph = new Graph();
  const frozen: string[] = [];
  const { weights, embed, resid } = forward(model, graph, {
    edit: (hook, value) => {
      if (isFrozen(hook)) frozen.push(hook);
      return value;
    },
  });
  const read = transcoders.flatMap((coder) => (coder ? [coder.hook, coder.outputHook] : []));
  const added = transcoders.map((_, layer) => mlpOutput(layer));
  const hooks = [...new Set([...read, ...added, finalHook(nLayers)])];
  graph.output(EMBED, embed);
  for (const hook of [...frozen, ...hooks]) graph.output(hook, graph.find(hook));
  const last = graph.input('last', 'int64', [1]);
  const row = gather(reshape(resid, ['T', dModel]), last);
  graph.output('logits', model.unembed(weights, row).logits);
  return { graph, frozen, hooks };
}
