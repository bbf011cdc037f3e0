import type { Provenance } from '../schema/manifest.ts';

/** An input of stages other than tables: a model, a tokenizer, sparse autoencoders, released data. */
export interface Resource<T = unknown> {
  /** Identifies the content: commits on the hub, or SHA-256 of the files. */
  readonly content: string;
  /** `import.meta.url` of each module that reads it: results depend on the code of these modules and their imports. */
  readonly readers: readonly string[];
  /** Added to the provenance of tables that depend on it. */
  readonly provenance?: Partial<Provenance>;
  /** Download what is missing on this machine. Called before `open`. */
  fetch?(): Promise<void>;
  /** Read it; later calls return the same object. */
  open(): Promise<T> | T;
}

/** The resources of a study, by name. */
export type Resources<Needs extends object> = { readonly [K in keyof Needs]?: Resource<Needs[K]> };
