import type { Graph } from '../graph/builder.ts';
import { openSession, type Provider, type Session } from '../runtime/session.ts';
import type { SaeSpec } from '../sae/sae.ts';

export type SaeDims = Pick<SaeSpec, 'dIn' | 'dSae' | 'dOut'>;

/** Sessions for SAEs whose parameters are inputs of the graph: one serves every SAE of a shape. */
export interface SaeSessions {
  of(sae: SaeDims): Promise<Session>;
  release(): Promise<void>;
}

export function saeSessions(build: (dims: SaeDims) => Graph, provider: Provider): SaeSessions {
  const open = new Map<string, Session>();
  return {
    async of({ dIn, dSae, dOut }) {
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
