import type { ArchitectureRecord } from '../models/architecture-record.ts';

/** What is studied: one family of models, with all that a study must know of it besides its weights. */
export interface Subject {
  readonly architecture: ArchitectureRecord;
  readonly chat: ChatFacts;
  /** Positions at the start of every sequence that count nowhere: SAEs were not trained on them, or they are outliers. */
  readonly uncounted: number;
}

/** How the family is asked and how it stops: data alone, which a study's lists depend on. */
export interface ChatFacts {
  /** The system turn before the user's; null: as the tokenizer's chat template has it, or none. */
  readonly systemTurn: string | null;
  /** The tokens that end an answer; the first is the one that the model was taught to write. */
  readonly stopTokens: readonly [string, ...string[]];
  /**
   * Which of a prompt's tokens with its text is the qualifier, the one word that says how long a list is asked for: a
   * system turn may hold the same word.
   */
  readonly qualifier: 'first' | 'last';
}
