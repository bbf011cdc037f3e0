import { SHARDS } from './gemma.ts';
import type { Fault } from './server.ts';

/** Answer as told wherever the path matches; how often is left to the fault. */
export const wherever = (pattern: RegExp, fault: Fault) => ({
  fault: ({ path }: { path: string }) => (pattern.test(path) ? fault : undefined),
});

/** The CDN's answers to one shard. */
export const shard = (n: number, fault: (range: string | undefined) => Fault | undefined) => ({
  fault: ({ host, path, range }: { host: string; path: string; range: string | undefined }) =>
    host === 'cdn' && path.endsWith(SHARDS[n]!) ? fault(range) : undefined,
});
