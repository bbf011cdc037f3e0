import type { Graph } from '../graph/builder.ts';
import { openSession, type Provider, type Session } from '../runtime/session.ts';
import type { Sae } from '../sae/sae.ts';

export interface SaeDims {
  readonly dIn: number;
  readonly dSae: number;
  readonly dOut: number;
}

/** Sessions for SAEs whose parameters are inputs of the graph: one serves every SAE of a shape. */
export interface SaeSessions {
  of(sae: Sae): Promise<Session>;
  release(): Promise<void>;
}

export function saeSessions(build: (dims: SaeDims) => Graph, provider: Provider): SaeSessions {
  const open = new Map<string, Session>();
  return {
    async of({ params }) {
      const [dIn, dSae] = params.W_enc.dims as [number, number];
      const dOut = params.W_dec.dims[1]!;
      const key = [dIn, dSae, dOut].join();
      const session =
        open.get(key) ?? (await openSession(build({ dIn, dSae, dOut }), { provider }));
      open.set(key, session);
      return session;
    },
    async release() {
      for (const session of open.values()) await session.release();
    },
  };
}
