import type { ModelDims } from './model-dims.ts';
import { sampleId } from './shared-columns.ts';
import { flag, integer, integers, oneOf, type Row, reals, table, text } from './table.ts';

/** What the page try/ needs of a study's model, part by part. */
export const LIVE_PARTS = [
  'setting',
  'vocabulary',
  'prompts',
  'process',
  'features',
  'steering',
  'step',
  'activations',
] as const;
export type LivePart = (typeof LIVE_PARTS)[number];

export const liveParts = table('live_parts', 'one part of what the page try/ runs in a browser', {
  part: oneOf(
    LIVE_PARTS,
    'setting: how lists are sampled, and the sizes of the model; vocabulary: the text of every token; prompts: the tokens of every prompt; process: the items of every topic; features: the SAE of the edits; steering: a steering vector; step and activations: the graphs',
  ),
  content: text(
    'the part as JSON; arrays of float32 and ONNX models are base64 inside of it. The weights of the graphs are the model’s own file',
  ),
});

/** A list as it was sampled, and the same with the labelled features at zero. */
export const LIVE_ARMS = ['trained', 'edited'] as const;
export type LiveArm = (typeof LIVE_ARMS)[number];

export const liveLists = table(
  'live_lists',
  'one list that the page try/ can write, as the pipeline wrote it',
  {
    sample_id: sampleId,
    topic: text('the topic'),
    word: text('the word of the prompt that sets the length; plain for none'),
    arm: oneOf(
      LIVE_ARMS,
      'trained: without an edit; edited: the labelled features of the SAE are set to zero at the word. Both on the noise of the sampled list',
    ),
    token_ids: integers('token ids of the answer after its opening, the stop token included'),
    text: text('the answer with its opening and without the stop token'),
    n_items: integer('finished items', 'items'),
    ended: flag('whether the list ended within the limit on tokens'),
    p_end: reals(
      'for each finished item, the model’s probability of the token that announces the end, after the item’s last token',
    ),
    true_p_end: reals(
      'the same of the process that wrote the training corpus, for the items up to the first that it would not have written or that follows the announcement of the end',
    ),
  },
);

export type LiveListRow = Row<typeof liveLists>;

/** The content of each part. */
export interface LiveModel {
  readonly setting: {
    readonly dims: ModelDims;
    readonly seed: number;
    readonly temperature: number;
    readonly topP: number;
    /** Limit on the new tokens of a list, by the prompt's word. */
    readonly maxNewTokens: Readonly<Record<string, number>>;
    readonly stopIds: readonly number[];
    /** The token that begins each line with an item. */
    readonly marker: string;
    /** Ids of the tokens that announce the end after an item, and that go on. */
    readonly itemEnd: number;
    readonly itemAgain: number;
    /** The token that begins the next item, and the one that ends the turn. */
    readonly newlineAgain: number;
    readonly newlineEnd: number;
    /** Number of positions at the start of each prompt that no edit may change. */
    readonly uncounted: number;
    /** The file of the weights, in the model's folder, and its SHA-256. */
    readonly weights: { readonly file: string; readonly sha256: string };
  };
  /** [id]: the text of the token, with its leading space. */
  readonly vocabulary: readonly string[];
  readonly prompts: readonly LivePrompt[];
  /** The items of every topic, the commonest first. */
  readonly process: Readonly<Record<string, readonly LiveItem[]>>;
  readonly features: {
    readonly sae: string;
    readonly dSae: number;
    /** Width of the hook at which they are edited. */
    readonly dOut: number;
    /** The features with a label, the most attributed first. */
    readonly labelled: readonly number[];
    /** By the names that the graph `activations` has for them. */
    readonly params: Readonly<Record<string, LiveArray>>;
  };
  readonly steering: {
    readonly layer: number;
    /** The strengths at which the study steers, as shares of the residual stream's norm. */
    readonly strengths: readonly number[];
    /** [d_model], of strength 1. */
    readonly vector: LiveArray;
  };
  readonly step: LiveGraph;
  readonly activations: LiveGraph;
}

export interface LivePrompt {
  readonly topic: string;
  /** The topic as lists' ids name it. */
  readonly topicId: string;
  /** The word that sets the length; `plain` for none. */
  readonly word: string;
  readonly ids: readonly number[];
  /** Position of the word; null for `plain`. */
  readonly wordPos: number | null;
}

export interface LiveItem {
  readonly name: string;
  /** Whether lists tend to stop after it. */
  readonly closing: boolean;
}

/** A float32 array. */
export interface LiveArray {
  readonly dims: readonly number[];
  /** Little-endian, in base64. */
  readonly base64: string;
}

export interface LiveGraph {
  /** An ONNX model in base64. */
  readonly base64: string;
}
