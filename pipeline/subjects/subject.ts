import type { ArchitectureRecord } from '../models/architecture-record.ts';

/** One model family: everything that a study needs to know about it besides its weights. */
export interface Subject {
  readonly architecture: ArchitectureRecord;
  readonly chat: ChatFormat;
  /** Leading positions of a sequence that every measurement leaves out: `<bos>`, on which SAEs are not trained. */
  readonly uncounted: number;
}

/** How to prompt the family, and which tokens end its answers. */
export interface ChatFormat {
  /** What a text begins with that is not in a chat template: the token of its beginning, or nothing. */
  readonly start: string;
  /** The system turn before the user's; null: the chat template's default, if any. */
  readonly systemTurn: string | null;
  /** The tokens that end an answer; the first is the one that the model was trained to write. */
  readonly stopTokens: readonly [string, ...string[]];
}
