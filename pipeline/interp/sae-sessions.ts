import type { Graph } from '../graph/builder.ts';
import { openSession, type Session } from '../runtime/session.ts';
import type { SaeSpec } from '../sae/sae.ts';
import type { Reader } from './reader.ts';

/** SAEs with the same sizes share a session, apart from those with a skip connection, or with another k of TopK. */
export type SaeDims = Pick<SaeSpec, 'dIn' | 'dSae' | 'dOut' | 'hasSkip' | 'k'>;

const shapeKey = ({ dIn, dSae, dOut, hasSkip = false, k }: SaeDims): string =>
  [dIn, dSae, dOut, hasSkip, k].join();

/**
 * Sessions of a graph whose inputs are an SAE's parameters: one session for each shape of SAE, opened when it is first
 * used.
 */
export class SaeSessions implements AsyncDisposable {
  readonly #buildGraph: (dims: SaeDims) => Graph;
  readonly #reader: Pick<Reader, 'provider'>;
  readonly #byShape = new Map<string, Session>();
  readonly #opened = new AsyncDisposableStack();

  constructor(reader: Pick<Reader, 'provider'>, buildGraph: (dims: SaeDims) => Graph) {
    this.#buildGraph = buildGraph;
    this.#reader = reader;
  }

  async sessionFor({ dIn, dSae, dOut, hasSkip = false, k }: SaeDims): Promise<Session> {
    const dims = { dIn, dSae, dOut, hasSkip, ...(k !== undefined && { k }) };
    const session =
      this.#byShape.get(shapeKey(dims)) ??
      this.#opened.use(await openSession(this.#buildGraph(dims), this.#reader));
    this.#byShape.set(shapeKey(dims), session);
    return session;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened.disposeAsync();
  }
}

/**
 * For each shape of SAE, the SAE in the deepest layer: its graphs need the most memory. Others of its shape have the
 * same graph, or one that runs fewer layers of the model.
 */
export const deepestOfEachShape = (saes: readonly SaeSpec[]): SaeSpec[] =>
  lastOfEachShape(saes.toSorted((a, b) => a.layer - b.layer));

/** For each shape of SAE, the SAE in the shallowest layer: graphs that begin at its hook run the most layers. */
export const shallowestOfEachShape = (saes: readonly SaeSpec[]): SaeSpec[] =>
  lastOfEachShape(saes.toSorted((a, b) => b.layer - a.layer));

const lastOfEachShape = (saes: readonly SaeSpec[]): SaeSpec[] => [
  ...new Map(saes.map((sae) => [shapeKey(sae), sae])).values(),
];
