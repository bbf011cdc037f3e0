import { z } from 'zod';
import { FORM_NAMES } from '../lists/forms.ts';
import { isWidth, WIDTH_IN_WORDS } from '../sae/width.ts';
import { PROTOCOLS } from '../schema/ablation-columns.ts';
import { METHODS, PATHS } from '../schema/attribution-columns.ts';
import { RESERVED_NAMES } from '../schema/reserved-names.ts';
import { TEMPLATES } from '../schema/templates.ts';
import { SUBJECT_NAMES } from '../subjects/all.ts';
import { count, distinct, fraction, line, message, number, temperature } from './values.ts';

const commit = z.string().regex(/^[0-9a-f]{40}$/, 'a commit of 40 hex digits');

const repository = z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'owner/name');
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, '64 hex digits');
const ggufPath = z.string().regex(/^(?!.*\.\.).+\.gguf$/, 'the path of a .gguf file, without ..');

/** `res_20` */
export const saeId = z.string().regex(/^(res|att|mlp|tc)_(0|[1-9]\d{0,3})$/, 'family_layer');

/** The most of what is counted in lists, draws and resamples, and of what a model's sizes limit. */
const MANY = 100_000;
const LARGE = 1_000_000;
const lists = z.int().min(0).max(MANY);

/** Where a GGUF file may be: a path from the root of this repository, or a file of a repository of the hub. */
const GgufPlace = z.union(
  [
    z.strictObject({ path: ggufPath }),
    z.strictObject({
      hub: repository,
      /** A branch is allowed, because the SHA-256 determines the content. */
      revision: z.string().regex(/^\w[\w.-]*$/, 'a commit or a branch'),
      file: ggufPath,
    }),
  ],
  'path, or hub, revision and file',
);

/** A model: a folder of this repository, a repository of the Hugging Face hub at one commit, or a GGUF file. */
const Model = z.strictObject({
  dir: line.optional(),
  hub: repository.optional(),
  revision: commit.optional(),
  /** The file with this SHA-256, from the first place that has it. */
  gguf: z.strictObject({ sha256, places: distinct('place', z.array(GgufPlace).min(1)) }).optional(),
});

const Template = z.strictObject({
  /** The user's message, with `{topic}` in place of the topic. */
  prompt: message,
  /** The token of the prompt that sets the length of the list, with its leading space. */
  qualifier: line.optional(),
  /** The token that replaces the qualifier in the corrupted condition. */
  swapFor: line.optional(),
  /** Limit on the tokens of an answer. */
  maxNewTokens: count(LARGE),
});

/** How SAEs are trained (pipeline/train). */
const Training = z.strictObject({
  seed: z.int().min(0),
  /** The form of the corpus's lists; that of the study where left out. SAEs of one form may also be those of a study of another. */
  form: z.enum(FORM_NAMES).optional(),
  /** Only the first so many topics of the corpus, and at most as many of its other requests; all where left out. */
  topics: count(LARGE).optional(),
  /** Lists of each topic of the corpus, by template. */
  samples: z.strictObject({ short: lists, long: lists, plain: lists }),
  /** Limit on the tokens of an answer in the corpus. */
  maxNewTokens: count(LARGE),
  /** Mean number of active features. */
  k: count(LARGE),
  /** Whether transcoders get a linear skip connection from what they read to what they rebuild. */
  skip: z.boolean().optional(),
  epochs: number(0.001, 1000),
  /** Activations in a step. */
  batch: count(LARGE),
  /** Peak of the learning rate. */
  rate: number(1e-12, 10),
});

/** Sparse autoencoders: a folder of this repository, one repository of the hub for each family, or the project's own. */
const Saes = z.strictObject({
  dir: line.optional(),
  /** The repositories' common prefix: `google/gemma-scope-2b-pt`. */
  hub: repository.optional(),
  /** The commit of each family's repository. */
  revisions: z
    .strictObject({
      res: commit.optional(),
      att: commit.optional(),
      mlp: commit.optional(),
      tc: commit.optional(),
    })
    .optional(),
  /** They are trained by the project, on answers of the study's model about other topics. */
  train: Training.optional(),
  /** The lists on which their quality is measured: the first of each topic and template, or of each topic. */
  measuredOn: z.enum(['topics and templates', 'topics']).optional(),
  /** Number of features, as the release spells it: `16k`. */
  width: z.string().refine(isWidth, WIDTH_IN_WORDS),
  /** Family and layer of each SAE: `res_20`. */
  ids: distinct('SAE', z.array(saeId).min(1)),
});

const TemplateName = z.enum(TEMPLATES);
const templateNames = distinct('template', z.array(TemplateName).min(1));
const layers = distinct('layer', z.array(z.int().min(0)).min(1));

/** A study's name is a folder, the first part of its pages' addresses, and the author of its lists. */
const studyName = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case words joined by hyphens')
  .max(60)
  .refine((name) => !RESERVED_NAMES.includes(name), `none of ${RESERVED_NAMES.join(', ')}`);

/** The settings of every study. */
const Shared = {
  name: studyName,
  /** The model family, a file of pipeline/subjects. */
  subject: z.enum(SUBJECT_NAMES),
  /** The form of its lists, an entry of pipeline/lists/forms.ts. */
  form: z.enum(FORM_NAMES),
  /** Seed of sampling and the bootstrap; each stream of random draws is also keyed by name. */
  seed: z.int().min(0),
  topics: z.array(line.max(200)).min(2),
  /** Confidence intervals, with topics as clusters: of the studentised bootstrap, and Wilson's for shares. */
  bootstrap: z.strictObject({
    resamples: z.int().min(100).max(MANY),
    confidence: fraction.lt(1).max(0.9999),
  }),
};

/** A study that runs a model. Without SAEs, the stages that need them are left out. */
export const ModelStudySchema = z.strictObject({
  ...Shared,
  /** `miniature`: the model trained by this project, whose generating process is known. `run`: any other model. */
  kind: z.enum(['miniature', 'run']),
  model: Model,
  /** Whether the model was only trained to continue texts, or also to follow instructions, as it is where left out. */
  modelKind: z.enum(['base', 'instruct']).optional(),
  /** Sequences per batch; no result depends on it. */
  batchSize: count(MANY),
  /** Memory in GB that batches are planned for, where the device has more. */
  memory: number(0.001, LARGE).optional(),
  templates: z.strictObject({ short: Template, long: Template, plain: Template }),
  /** How every topic and template is sampled; `samples` is the number of lists of each. */
  sampling: z.strictObject({ temperature, topP: fraction, samples: count(MANY) }),
  /** One template sampled at further temperatures, with the same top-p. */
  sweep: z.strictObject({
    template: TemplateName,
    temperatures: distinct('temperature', z.array(temperature).min(1)),
    samples: count(MANY),
  }),
  /** The templates whose lists are also read with the qualifier swapped. */
  entropy: z.strictObject({ templates: templateNames }),
  /** Another form of list, and the number of lists of each topic and template that are asked for in it. */
  robustness: z.strictObject({ form: z.enum(FORM_NAMES), samples: count(MANY) }).optional(),
  /** Activation patching between a list's own prompt and the one with its qualifier swapped. */
  patching: z
    .strictObject({
      /** The template whose lists are patched; it has a qualifier. */
      template: TemplateName,
      /** All lists that ended, or the first of each topic. */
      lists: z.enum(['all', 'first']),
      /** Layers of the map over single positions; every layer where left out. */
      layers: layers.optional(),
    })
    .optional(),
  /** Lists by other authors, read as the model's own are: those written by hand, and those of other studies' models. */
  authorship: z.strictObject({ studies: distinct('other study', z.array(studyName)) }).optional(),
  saes: Saes.optional(),
  /** Folder in which `npm run explain` stores Neuronpedia's explanations of the features. */
  explanations: line.optional(),
  /** The templates whose lists' ends are attributed to features, and the number of features kept per list and SAE. */
  attribution: z
    .strictObject({
      templates: templateNames,
      top: count(LARGE),
      /** What features are ranked by: the gradient at each list, as where left out, or its mean along a path. */
      method: z.enum(METHODS).optional(),
      /** For the method `integrated`: the most points at which the gradient is taken on the path of one list. */
      steps: z.int().min(3).max(MANY).optional(),
      /**
       * For the method `integrated`: how far the mean gradient may be off before more points are taken, as a share of
       * how much the metric changes along the path.
       */
      tolerance: fraction.optional(),
      /** The SAEs to whose features ends are attributed, among the study's; all where left out. */
      saes: distinct('SAE', z.array(saeId).min(1)).optional(),
      /**
       * The path that ranks features: from 0, as where left out, or from their values after the swapped prompt. The
       * other path's, from these values, have a table of their own in either case.
       */
      path: z.enum(PATHS).optional(),
      /**
       * The most attributed pairs of position and feature of each list, SAE and method whose effects are also measured,
       * in all lists or in the first of each topic.
       */
      exact: z.strictObject({ cells: count(LARGE), lists: z.enum(['all', 'first']) }).optional(),
    })
    .optional(),
  /** Zero ablation of the most attributed features of each SAE, in the same lists. */
  ablation: z
    .strictObject({
      /** Pairs of position and feature that are zeroed in each list. */
      k: count(LARGE),
      /** Other values of k, for the first list of each topic only. */
      doses: distinct('dose', z.array(count(LARGE))),
      /** Limit on new tokens, as a multiple of the template's longest sampled answer. */
      capFactor: number(1, 1000),
      /** How often each list is written again with other noise and no edit: at least as often as with an edit. */
      draws: count(MANY),
      /** Where features are edited; both where left out. */
      protocols: distinct('protocol', z.array(z.enum(PROTOCOLS)).min(1)).optional(),
      /**
       * Controls of the features that are chosen list by list, of every list or of the first of each topic: draws of each
       * kind, and how many of them are written as lists, with the chosen features on the same noise. As many draws as
       * lists without an edit where left out, of which one is written, of the first list of each topic.
       */
      controls: z
        .strictObject({
          draws: count(MANY),
          written: count(MANY),
          lists: z.enum(['all', 'first']),
        })
        .optional(),
      /** How often the topics are split into a half to choose features on and a half to test them on; once where left out. */
      splits: count(MANY).optional(),
      /** The lists that are written of SAEs whose edits do not move the metric beyond their control; all where left out. */
      others: z.enum(['all lists', 'first lists']).optional(),
      /** The SAEs whose features are edited, among those of the attribution; all of these where left out. */
      saes: distinct('SAE', z.array(saeId).min(1)).optional(),
    })
    .transform((ablation) => ({
      ...ablation,
      controls: ablation.controls ?? { draws: ablation.draws, written: 1, lists: 'first' as const },
      splits: ablation.splits ?? 1,
    }))
    .optional(),
  /** Attribution graphs of the last decision of lists, over the transcoders of every layer. */
  circuits: z
    .strictObject({
      /** The template whose lists are traced; it has a qualifier. */
      template: TemplateName,
      /** All lists that ended, or the first of each topic; at most `most` of them. */
      lists: z.enum(['all', 'first']),
      most: count(MANY).optional(),
      /** The transcoders, from the same place as the SAEs: one a layer, for as many layers as there are. */
      transcoders: distinct('transcoder', z.array(saeId.regex(/^tc_/, 'tc_layer')).min(1)),
      /** Features with less influence have no inputs in a graph; at most so many of a layer have. */
      minInfluence: fraction,
      mostInLayer: count(LARGE),
      /** How many features, as many at random, and edges of each graph are tested by an intervention. */
      tested: z.strictObject({ nodes: count(MANY), random: count(MANY), edges: count(MANY) }),
      /** Lists are written with so many features of the average graph alone, and without them: `draws` of each list. */
      written: z.strictObject({
        features: distinct('number', z.array(count(LARGE)).min(1)),
        draws: count(MANY),
      }),
      /** Points of integrated gradients, of the ranking by that name. */
      steps: z.int().min(3).max(MANY),
    })
    .optional(),
  /** Another study of the same model, whose circuit's features are also removed from this study's decisions. */
  otherCircuit: studyName.optional(),
  /** Labels of features by rule, and how well they do on topics that they were not made from. */
  explained: z
    .strictObject({
      /** Features of each SAE, the most attributed; those of the average graph of `circuits` are explained, too. */
      features: count(LARGE),
      /** Held-out lists in which each feature is added, to see whether it raises the tokens that its label names. */
      lists: count(MANY),
      /** Whether the model itself is asked if labels fit, too; for chat models only. */
      judge: z.boolean().optional(),
    })
    .optional(),
  /** What the predictions of `npm run predict` are derived from: lists about so many topics of the SAEs' corpus. */
  pilot: z.strictObject({ topics: count(LARGE) }).optional(),
  /** Baselines that use no features, on the same lists; swept values apply to the first list of each topic only. */
  baselines: z
    .strictObject({
      /** Layers after which steering vectors are added; every layer where left out. */
      layers: layers.optional(),
      /** Norms of the added steering vectors, as shares of the mean norm of the residual stream at that layer. */
      strengths: distinct('strength', z.array(number(0, 1000)).min(1)),
      /** The ablated lists that are scored by their cross-entropy; all where left out. */
      scored: z.enum(['all lists', 'first lists']).optional(),
      /** By how much the logits of the stop tokens are lowered. */
      endLogits: distinct('value', z.array(number(0, LARGE)).min(1)),
    })
    .optional(),
});

/** A study of released data: it runs no model. */
export const ReleasedStudySchema = z.strictObject({
  ...Shared,
  kind: z.literal('original'),
  released: z.strictObject({
    /** The repository of the data; the folder with its files is given to the command. */
    repository: z.url(),
    revision: z.string().regex(/^[0-9a-f]{7,40}$/),
    /** Sampling temperature of the lists that are not from the sweep. */
    temperature,
    /** Pairs of position and feature that were zeroed in each ablated list. */
    k: count(LARGE),
  }),
});

export type ModelStudy = z.infer<typeof ModelStudySchema>;
export type ReleasedStudy = z.infer<typeof ReleasedStudySchema>;
export type Study = ModelStudy | ReleasedStudy;

/** Every setting that a stage may name; each kind of study has a subset. */
export type Settings = {
  readonly [K in Exclude<keyof ModelStudy, 'kind'>]: NonNullable<ModelStudy[K]>;
} & {
  readonly [K in Exclude<keyof ReleasedStudy, keyof ModelStudy>]: ReleasedStudy[K];
} & Pick<Study, 'kind'>;

export type SaeChoice = NonNullable<ModelStudy['saes']>;
