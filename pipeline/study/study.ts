import { z } from 'zod';
import { FORM_NAMES } from '../lists/forms.ts';
import { TEMPLATES } from '../schema/templates.ts';
import { SUBJECT_NAMES } from '../subjects/all.ts';
import { PLACEHOLDER } from './message.ts';

const fraction = z.number().gt(0).max(1);
const count = z.int().min(1);
const temperature = z.number().gt(0).max(10);

const commit = z.string().regex(/^[0-9a-f]{40}$/, 'a commit of 40 hex digits');

/** A model: a folder of this repository, or a repository of the Hugging Face hub at one commit. */
const Model = z.strictObject({
  dir: z.string().min(1).optional(),
  hub: z
    .string()
    .regex(/^[\w.-]+\/[\w.-]+$/, 'owner/name')
    .optional(),
  revision: commit.optional(),
});

const Template = z.strictObject({
  /** What the user says, with `{topic}` where the topic goes. */
  prompt: z.string().includes(PLACEHOLDER),
  /** The one token that says how long, as it is spelt in the prompt (with its leading space). */
  qualifier: z.string().min(1).optional(),
  /** The token that replaces the qualifier in the corrupted condition. */
  swapFor: z.string().min(1).optional(),
  /** Longest completion. */
  maxNewTokens: count,
});

/** Sparse autoencoders: a folder of this repository, or a family of the hub's repositories, in Gemma Scope's layout. */
const Saes = z.strictObject({
  dir: z.string().min(1).optional(),
  /** The repositories' common beginning: `google/gemma-scope-2b-pt`. */
  hub: z
    .string()
    .regex(/^[\w.-]+\/[\w.-]+$/, 'owner/name')
    .optional(),
  /** The commit of each family's repository. */
  revisions: z
    .strictObject({
      res: commit.optional(),
      att: commit.optional(),
      mlp: commit.optional(),
      tc: commit.optional(),
    })
    .optional(),
  /** Features, as the folders are called: `16k`. */
  width: z.string().min(1),
  /** Family and layer of each: `res_20`. */
  ids: z.array(z.string().regex(/^(res|att|mlp|tc)_\d+$/, 'family_layer')).min(1),
});

const TemplateName = z.enum(TEMPLATES);

/** What every study says. */
const Shared = {
  name: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case words joined by hyphens'),
  /** The family of models that is studied, a file of pipeline/subjects. */
  subject: z.enum(SUBJECT_NAMES),
  /** The form of its lists, an entry of pipeline/lists/forms.ts. */
  form: z.enum(FORM_NAMES),
  /** Seeds sampling and the bootstrap; each draw is keyed by its own name beneath it. */
  seed: z.int().min(0),
  topics: z.array(z.string().min(1)).min(2),
  /** Percentile intervals, resampled by topic. */
  bootstrap: z.strictObject({ resamples: z.int().min(100), confidence: fraction.lt(1) }),
};

/** A study of a model that is run. Without sparse autoencoders it asks all that needs none. */
export const ModelStudySchema = z.strictObject({
  ...Shared,
  /** `miniature`: a model trained here, whose generating process is known. `run`: any other. */
  kind: z.enum(['miniature', 'run']),
  model: Model,
  /** Sequences that run together; no result depends on it. */
  batchSize: count,
  templates: z.strictObject({ short: Template, long: Template, plain: Template }),
  /** Every topic × template. */
  sampling: z.strictObject({ temperature, topP: fraction, samples: count }),
  /** More temperatures of one template, at the same top-p. */
  sweep: z.strictObject({
    template: TemplateName,
    temperatures: z.array(temperature).min(1),
    samples: count,
  }),
  /** The templates whose lists are read again with the qualifier swapped. */
  entropy: z.strictObject({ templates: z.array(TemplateName).min(1) }),
  saes: Saes.optional(),
  /** Folder of what others say of the SAEs' features, where `npm run explain` leaves it. */
  explanations: z.string().min(1).optional(),
  /** The lists whose ending is attributed to features, and how many features of each are kept. */
  attribution: z.strictObject({ templates: z.array(TemplateName).min(1), top: count }).optional(),
  /** Features of those lists zero-ablated, the most attributed of each SAE. */
  ablation: z
    .strictObject({
      /** How many pairs of position and feature at once. */
      k: count,
      /** As many other k, for the first sample of each topic only. */
      doses: z.array(count),
      /** Longest answer, as a multiple of the template's longest baseline. */
      capFactor: z.number().min(1),
      /** How often each list is drawn again with other noise and no ablation. */
      draws: count,
    })
    .optional(),
  /** What is done to the same lists without features; the strengths for the first sample of each topic only. */
  baselines: z
    .strictObject({
      /** Lengths of what steering adds, as shares of the residual stream's mean length there. */
      strengths: z.array(z.number().min(0)).min(1),
      /** How far the logits of what ends an answer are lowered. */
      endLogits: z.array(z.number().min(0)).min(1),
    })
    .optional(),
});

/** A study of what another released: no model, so no more than what needs none. */
export const ReleasedStudySchema = z.strictObject({
  ...Shared,
  kind: z.literal('original'),
  released: z.strictObject({
    /** Where the data were released. The files themselves are given to the command. */
    repository: z.url(),
    revision: z.string().regex(/^[0-9a-f]{7,40}$/),
    /** Sampling temperature of the lists that are not from the sweep. */
    temperature,
    /** Pairs of position and feature that were zeroed in each ablated list. */
    k: count,
  }),
});

export type ModelStudy = z.infer<typeof ModelStudySchema>;
export type ReleasedStudy = z.infer<typeof ReleasedStudySchema>;
export type Study = ModelStudy | ReleasedStudy;

/** Every setting that a stage may name; a study of one kind has some of them. */
export type Settings = {
  readonly [K in Exclude<keyof ModelStudy, 'kind'>]: NonNullable<ModelStudy[K]>;
} & {
  readonly [K in Exclude<keyof ReleasedStudy, keyof ModelStudy>]: ReleasedStudy[K];
} & Pick<Study, 'kind'>;

export type SaeChoice = NonNullable<ModelStudy['saes']>;
export type StudyTemplate = z.infer<typeof Template>;
