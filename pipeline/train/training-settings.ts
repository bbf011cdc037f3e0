import type { TemplateName } from '../schema/templates.ts';

/** How the SAEs of a study are trained, as its file says under `saes.train`. */
export interface SaeTraining {
  readonly seed: number;
  /** Only the first so many topics of the corpus, and at most as many of its other requests; all where left out. */
  readonly topics?: number | undefined;
  /** Lists that the model writes of each topic of the corpus, by template. */
  readonly samples: Readonly<Record<TemplateName, number>>;
  /** Limit on the tokens of an answer in the corpus. */
  readonly maxNewTokens: number;
  /** Mean number of active features at the end of the training. */
  readonly k: number;
  /** Whether transcoders get a skip connection, `x W_skip`; left out, they do not. */
  readonly skip?: boolean | undefined;
  /** How often each activation is seen. */
  readonly epochs: number;
  /** Activations in a step. */
  readonly batch: number;
  /** Peak of the learning rate. */
  readonly rate: number;
}
