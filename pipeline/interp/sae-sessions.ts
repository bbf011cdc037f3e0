import type { Graph } from '../graph/builder.ts';
import { openSession, type Session } from '../runtime/session.ts';
import type { SaeSpec } from '../sae/sae.ts';
import type { Reader } from './reader.ts';

/** The sizes that SAEs must share to share a session. */
export type SaeDims = Pick<SaeSpec, 'dIn' | 'dSae' | 'dOut'>;

const keyOf = ({ dIn, dSae, dOut }: SaeDims): string => [dIn, dSae, dOut].join();

/** Sessions for SAEs whose parameters are inputs of the graph: one serves every SAE of a shape, opened when first asked for. */
export class SaeSessions implements AsyncDisposable {
  readonly #build: (dims: SaeDims) => Graph;
  readonly #reader: Pick<Reader, 'provider'>;
  readonly #byShape = new Map<string, Session>();
  readonly #opened = new AsyncDisposableStack();

  constructor(reader: Pick<Reader, 'provider'>, build: (dims: SaeDims) => Graph) {
    this.#build = build;
    this.#reader = reader;
  }

  async of({ dIn, dSae, dOut }: SaeDims): Promise<Session> {
    const dims = { dIn, dSae, dOut };
    const session =
      this.#byShape.get(keyOf(dims)) ??
      this.#opened.use(await openSession(this.#build(dims), this.#reader));
    this.#byShape.set(keyOf(dims), session);
    return session;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened.disposeAsync();
  }
}

/** One SAE of each shape, the deepest: they share their graphs, or run the model furthest. */
export function shapesOf(saes: readonly SaeSpec[]): SaeSpec[] {
  const byDepth = saes.toSorted((a, b) => a.layer - b.layer);
  return [...new Map(byDepth.map((sae) => [keyOf(sae), sae])).values()];
}
