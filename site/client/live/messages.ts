/** A list, with the model as trained or as the reader edited it. */
export const ARMS = ['trained', 'edited'] as const;
export type Arm = (typeof ARMS)[number];

/** What the arms are called on the page. */
export const ARM_NAMES: Readonly<Record<Arm, string>> = {
  trained: 'as trained',
  edited: 'edited',
};

/** What a reader asks for. */
export interface Asked {
  readonly topic: string;
  /** The word that sets the length; `plain` for none. */
  readonly word: string;
  readonly temperature: number;
  /** Index of the list among those of the same prompt: it determines the random draws. */
  readonly seed: number;
  readonly where: 'word' | 'prompt';
  /** The multiple of its activation that each feature is set to; those that are left alone are absent. */
  readonly factors: Readonly<Record<number, number>>;
  /** Whether as many features drawn at random are edited in place of the chosen ones. */
  readonly random: boolean;
  /** Strength of the steering vector, as a share of the residual stream's norm. */
  readonly steering: number;
}

/** From the page to the worker. A new job ends the one before it. */
export type Order =
  | { readonly kind: 'load'; readonly files: Readonly<Record<'model' | 'runtime', string>> }
  | {
      readonly kind: 'write';
      readonly job: number;
      readonly asked: Asked;
      readonly arms: readonly Arm[];
      /** Milliseconds between two tokens. */
      readonly pace: number;
      /** Whether it waits for a step before the first token. */
      readonly paused: boolean;
    }
  | { readonly kind: 'seeds'; readonly job: number; readonly asked: Asked; readonly n: number }
  | { readonly kind: 'gate'; readonly gate: 'step' | 'pause' | 'run' }
  | { readonly kind: 'stop' };

/** An item of a list, with the probability of the end after it. */
export interface ShownItem {
  readonly text: string;
  /** Index in the answer of the token after its last one, where the list goes on or ends. */
  readonly next: number;
  readonly pEnd: number;
  /** The same of the process that wrote the training corpus; null where it would not have written the list. */
  readonly trueEnd: number | null;
}

export interface ShownList {
  readonly items: readonly ShownItem[];
  /** The item that is being written. */
  readonly unfinished: string;
  /** `cut` at the limit on tokens. */
  readonly state: 'writing' | 'ended' | 'cut';
}

/** What the next token was drawn from. */
export interface ShownDraw {
  /** The likeliest tokens and the four that structure a list, with the model's probabilities. */
  readonly bars: readonly {
    readonly text: string;
    readonly p: number;
    readonly sampled: boolean;
  }[];
  /** What is drawn from, the likeliest first: shares of the nucleus at the temperature. */
  readonly strip: readonly {
    readonly text: string;
    readonly share: number;
    readonly sampled: boolean;
  }[];
  readonly draw: number;
}

/** From the worker to the page. */
export type Report =
  | { readonly kind: 'bytes'; readonly loaded: number }
  | { readonly kind: 'ready'; readonly seconds: number }
  | {
      readonly kind: 'edits';
      readonly job: number;
      /** Activation of each labelled feature at the word, 0 where it is not active. */
      readonly activations: Readonly<Record<number, number>>;
      /** The features that are edited. */
      readonly features: readonly number[];
    }
  | {
      readonly kind: 'step';
      readonly job: number;
      readonly lists: Readonly<Partial<Record<Arm, ShownList>>>;
      readonly draws: Readonly<Partial<Record<Arm, ShownDraw>>>;
    }
  | { readonly kind: 'written'; readonly job: number; readonly msPerToken: number }
  | { readonly kind: 'counted'; readonly job: number; readonly ended: number; readonly of: number }
  | {
      readonly kind: 'counts';
      readonly job: number;
      /** Items of each list. */
      readonly counts: Readonly<Record<Arm, readonly number[]>>;
      /** The tokens of each list, the stop token included. */
      readonly tokens: Readonly<Record<Arm, readonly (readonly number[])[]>>;
      readonly seconds: number;
    }
  | { readonly kind: 'failed'; readonly reason: string };
