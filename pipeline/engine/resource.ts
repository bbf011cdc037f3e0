import type { Provenance } from '../schema/manifest.ts';

/** Something outside a study's tables that stages need: a model, a tokenizer, sparse autoencoders, released data. */
export interface Resource<T = unknown> {
  /** What identifies its content: commits of the hub, or the SHA-256 of its files. */
  readonly content: string;
  /** `import.meta.url` of each module that reads it: what it gives depends on their code, and on all that they import. */
  readonly readers: readonly string[];
  /** What tables that rest on it say of their origin. */
  readonly provenance?: Partial<Provenance>;
  /** Bring what is not on this machine yet; `open` may rely on it. */
  fetch?(): Promise<void>;
  /** Read it; a second call gives the same. */
  open(): Promise<T> | T;
}

/** The resources that a study has, by name. */
export type Resources<Needs extends object> = { readonly [K in keyof Needs]?: Resource<Needs[K]> };
