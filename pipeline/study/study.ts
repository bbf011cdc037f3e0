import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse, YAMLParseError } from 'yaml';
import { z } from 'zod';
import { TEMPLATES } from '../schema/templates.ts';

const PLACEHOLDER = '{topic}';

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

/** Every choice that a study makes. */
const StudySchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case words joined by hyphens'),
  /** `miniature`: a model trained here, whose generating process is known. `run`: any other. */
  kind: z.enum(['miniature', 'run']),
  model: Model,
  /** Seeds sampling and the bootstrap; each draw is keyed by its own name beneath it. */
  seed: z.int().min(0),
  /** Sequences that run together; no result depends on it. */
  batchSize: count,
  topics: z.array(z.string().min(1)).min(2),
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
  saes: Saes,
  /** Folder of what others say of the SAEs' features, where `npm run explain` leaves it. */
  explanations: z.string().min(1).optional(),
  /** The lists whose ending is attributed to features, and how many features of each are kept. */
  attribution: z.strictObject({ templates: z.array(TemplateName).min(1), top: count }),
  /** Features of those lists zero-ablated, the most attributed of each SAE. */
  ablation: z.strictObject({
    /** How many pairs of position and feature at once. */
    k: count,
    /** As many other k, for the first sample of each topic only. */
    doses: z.array(count),
    /** Longest answer, as a multiple of the template's longest baseline. */
    capFactor: z.number().min(1),
    /** How often each list is drawn again with other noise and no ablation. */
    draws: count,
  }),
  /** What is done to the same lists without features; the strengths for the first sample of each topic only. */
  baselines: z.strictObject({
    /** Lengths of what steering adds, as shares of the residual stream's mean length there. */
    strengths: z.array(z.number().min(0)).min(1),
    /** How far the logits of what ends an answer are lowered. */
    endLogits: z.array(z.number().min(0)).min(1),
  }),
  /** Percentile intervals, resampled by topic. */
  bootstrap: z.strictObject({ resamples: z.int().min(100), confidence: fraction.lt(1) }),
});

/**
 * Data that another released: no model, so no more than the stages without one ask for. A file of this kind says which
 * SAEs the data speak of, and how many features were zeroed.
 */
const OriginalSchema = z.strictObject({
  ...StudySchema.pick({ name: true, seed: true, topics: true, bootstrap: true }).shape,
  kind: z.literal('original'),
  /** Where the data were released. The files themselves are given to the command. */
  released: z.strictObject({ repository: z.url(), revision: z.string().regex(/^[0-9a-f]{7,40}$/) }),
  sampling: z.strictObject({ temperature }),
  saes: StudySchema.shape.saes.pick({ ids: true }),
  attribution: StudySchema.shape.attribution.pick({ templates: true }),
  ablation: StudySchema.shape.ablation.pick({ k: true }),
});

/** The stages of a study of kind `original` name no part that its file lacks; a test holds it. */
export type Study = Omit<z.infer<typeof StudySchema>, 'kind'> & {
  readonly kind: 'miniature' | 'run' | 'original';
  readonly released?: z.infer<typeof OriginalSchema>['released'];
};
export type StudyTemplate = z.infer<typeof Template>;

/** Names of the studies in a folder of YAML files. */
export const studyNames = (dir: string): string[] =>
  readdirSync(dir)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => basename(file, '.yaml'))
    .sort();

/**
 * Read and validate one study.
 * @throws `unknown study: x (known: …)`
 * @throws `data/studies/x.yaml: sampling.topP: expected number ≤ 1, received 1.4`, one line, the first fault
 */
export function loadStudy(dir: string, name: string): Study {
  const path = join(dir, `${name}.yaml`);
  if (!/^[\w-]+$/.test(name) || !existsSync(path))
    throw new Error(`unknown study: ${name} (known: ${studyNames(dir).join(', ')})`);
  const study = parseStudy(readFileSync(path, 'utf8'), path);
  if (study.name !== name) fail(path, ['name'], `"${name}" as the file is called`, study.name);
  return study;
}

/** Validate the text of a study file; `path` is for the error message. */
export function parseStudy(yaml: string, path: string): Study {
  const read = readYaml(yaml, path);
  const original = (read as { kind?: unknown } | null)?.kind === 'original';
  const schema = original ? OriginalSchema : StudySchema;
  const parsed = schema.safeParse(read, { reportInput: true });
  if (!parsed.success) {
    const { issues } = parsed.error;
    const unknown = issues.find((issue) => issue.code === 'unrecognized_keys');
    if (unknown) return refuseKey(unknown, path);
    return fail(path, issues[0]!.path, expected(issues[0]!), issues[0]!.input);
  }
  const study = parsed.data as Study;
  return original ? study : checkTogether(study, path);
}

/** What one field alone cannot show to be wrong. */
function checkTogether(study: Study, path: string): Study {
  const { model, saes, topics, templates, sampling, sweep, entropy, attribution } = study;
  if ((model.dir === undefined) === (model.hub === undefined))
    fail(path, ['model'], 'either dir, or hub and revision', model);
  if ((model.hub === undefined) !== (model.revision === undefined))
    fail(path, ['model', 'revision'], 'a commit, with hub only', model.revision);
  if ((saes.dir === undefined) === (saes.hub === undefined))
    fail(path, ['saes'], 'either dir, or hub and revisions', saes);
  checkRevisions(saes, path);
  const twice = topics.find((topic, i) => topics.map(slug).indexOf(slug(topic)) < i);
  if (twice !== undefined) fail(path, ['topics'], 'each topic once', twice);
  const drawn = [sampling.temperature, ...sweep.temperatures];
  const again = drawn.find((t, i) => drawn.indexOf(t) < i);
  if (again !== undefined)
    fail(
      path,
      ['sweep', 'temperatures'],
      'each temperature once, sampling.temperature apart',
      again,
    );
  checkDoses(study, path);
  const qualifiers = TEMPLATES.map((name) => templates[name].qualifier);
  for (const name of TEMPLATES)
    checkQualifier(templates[name], qualifiers, path, ['templates', name]);
  for (const [part, { templates: swapped }] of Object.entries({ entropy, attribution }))
    swapped.forEach((name, i) => {
      if (templates[name].qualifier === undefined)
        fail(path, [part, 'templates', i], 'a template with a qualifier to swap', name);
    });
  return study;
}

/** Each family that is used is pinned, where it comes from the hub. */
function checkRevisions({ hub, ids, revisions }: Study['saes'], path: string): void {
  if (hub === undefined && revisions !== undefined)
    fail(path, ['saes', 'revisions'], 'commits with hub only', revisions);
  const families = ids.map((id) => id.split('_')[0] as keyof typeof revisions);
  const open = families.find((family) => hub !== undefined && !revisions?.[family]);
  if (open !== undefined)
    fail(path, ['saes', 'revisions', open], 'the commit of its repository', undefined);
}

function checkDoses({ ablation, baselines }: Study, path: string): void {
  const fields: [Path, readonly number[], string][] = [
    [['ablation', 'doses'], ablation.doses, 'each dose once'],
    [['baselines', 'strengths'], baselines.strengths, 'each strength once'],
    [['baselines', 'endLogits'], baselines.endLogits, 'each value once'],
  ];
  for (const [at, values, wanted] of fields) {
    const again = values.find((value, i) => values.indexOf(value) < i);
    if (again !== undefined) fail(path, at, wanted, again);
  }
}

function checkQualifier(
  { prompt, qualifier, swapFor }: StudyTemplate,
  qualifiers: readonly (string | undefined)[],
  path: string,
  at: Path,
): void {
  if ((qualifier === undefined) !== (swapFor === undefined))
    fail(path, [...at, 'swapFor'], 'qualifier and swapFor together', swapFor);
  if (!qualifiers.includes(swapFor))
    fail(path, [...at, 'swapFor'], "another template's qualifier", swapFor);
  if (qualifier !== undefined && prompt.split(qualifier).length !== 2)
    fail(path, [...at, 'prompt'], `"${qualifier}" once, to swap for "${swapFor}"`, prompt);
}

/** A topic's part of a sample id: `Types of Trees` → `types-of-trees`. */
export const slug = (topic: string): string =>
  topic
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');

/** The user's message for a topic. */
export const userMessage = (template: StudyTemplate, topic: string): string =>
  template.prompt.replace(PLACEHOLDER, topic);

function readYaml(yaml: string, path: string): unknown {
  try {
    return parse(yaml);
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw new Error(`${path}: not YAML: ${error.message.split('\n')[0]}`);
  }
}

type Path = readonly PropertyKey[];

function fail(file: string, path: Path, wanted: string, received: unknown): never {
  const at = path.length > 0 ? `${path.join('.')}: ` : '';
  const got = received === undefined ? 'nothing' : JSON.stringify(received);
  throw new Error(`${file}: ${at}expected ${wanted}, received ${got}`);
}

function refuseKey({ path, keys, input }: z.core.$ZodIssueUnrecognizedKeys, file: string): never {
  const key = keys[0]!;
  return fail(file, [...path, key], 'no such key', (input as Record<string, unknown>)[key]);
}

/** What the schema asks for where `issue` was raised. */
function expected(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected;
    case 'too_big':
      return `${UNIT[issue.origin] ?? issue.origin} ${issue.inclusive ? '≤' : '<'} ${issue.maximum}`;
    case 'too_small':
      return `${UNIT[issue.origin] ?? issue.origin} ${issue.inclusive ? '≥' : '>'} ${issue.minimum}`;
    case 'invalid_value':
      return issue.values.join(' | ');
    case 'invalid_format':
      return issue.format === 'includes' ? `text with ${PLACEHOLDER}` : issue.message;
    default:
      return issue.message;
  }
}

const UNIT: Readonly<Record<string, string>> = {
  int: 'integer',
  array: 'list with length',
  string: 'text with length',
};
