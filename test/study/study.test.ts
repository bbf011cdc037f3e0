import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { RESERVED_NAMES } from '../../pipeline/schema/reserved-names.ts';
import {
  loadModelStudy,
  loadStudy,
  parseStudy,
  studyNames,
} from '../../pipeline/study/load-study.ts';
import { userMessage } from '../../pipeline/study/message.ts';
import type { ModelStudy } from '../../pipeline/study/study.ts';
import { tempDir } from '../temp.ts';

const STUDIES = fileURLToPath(new URL('../../data/studies', import.meta.url));
const MINIATURE = readFileSync(join(STUDIES, 'miniature.yaml'), 'utf8');

test('every committed study is valid', () => {
  assert.deepEqual(studyNames(STUDIES), [
    'gemma-2-2b-it',
    'gemma-3-270m',
    'miniature',
    'original',
    'smollm2-135m-instruct',
  ]);
  for (const name of studyNames(STUDIES)) assert.equal(loadStudy(STUDIES, name).name, name);
});

test('the two studies differ in nothing but name, model, SAEs and what they cost, other models’ lists, circuits, batch and longest answer', () => {
  const rest = ({
    name,
    kind,
    model,
    saes,
    explanations,
    authorship,
    batchSize,
    templates,
    circuits,
    attribution,
    ...choices
  }: ModelStudy) => ({
    ...choices,
    // A point of a path, and an exact effect, cost the larger model a thousand times as much.
    attribution: {
      ...attribution,
      steps: 0,
      tolerance: 0,
      exact: { ...attribution!.exact, cells: 0 },
    },
    templates: Object.values(templates).map(({ maxNewTokens, ...template }) => template),
  });
  assert.deepEqual(
    rest(loadModelStudy(STUDIES, 'miniature')),
    rest(loadModelStudy(STUDIES, 'gemma-2-2b-it')),
  );
});

test('a study of released data has no model, and is refused where one is needed', () => {
  const study = loadStudy(STUDIES, 'original');
  assert.equal(study.kind, 'original');
  assert.equal('model' in study, false);
  assert.throws(() => loadModelStudy(STUDIES, 'original'), {
    message: 'study original has no model: name one that runs a model',
  });
});

/** The miniature's study with some parts left out or replaced. */
function parseWith(change: object): unknown {
  return parseStudy(stringify({ ...parse(MINIATURE), ...change }), 'x.yaml');
}

const SAES_ALONE = { attribution: undefined, ablation: undefined, baselines: undefined };
const WITHOUT = { saes: undefined, ...SAES_ALONE, circuits: undefined, explained: undefined };

test('a study without SAEs is valid, and has nothing that means something with them only', () => {
  const study = parseWith(WITHOUT) as ModelStudy;
  assert.equal(study.saes, undefined);
  const { attribution, ablation, baselines, circuits, explained } = parse(MINIATURE);
  const parts = { attribution, ablation, baselines, circuits, explained };
  for (const [part, value] of Object.entries(parts))
    assert.throws(() => parseWith({ ...WITHOUT, [part]: value }), {
      message: `x.yaml: ${part}: expected nothing, as the study has no saes, received ${JSON.stringify(value)}`,
    });
  const explanations = { explanations: 'data/explanations' };
  assert.throws(() => parseWith({ ...WITHOUT, ...explanations }), {
    message:
      'x.yaml: explanations: expected nothing, as the study has no saes, received "data/explanations"',
  });
});

test('a study with SAEs says what is asked of them', () => {
  for (const part of Object.keys(SAES_ALONE))
    assert.throws(() => parseWith({ [part]: undefined }), {
      message: `x.yaml: ${part}: expected its settings, as the study has saes, received nothing`,
    });
});

test('only a model that answers in a chat can be asked whether labels fit', () => {
  const explained = { features: 2, lists: 1, judge: true };
  assert.deepEqual((parseWith({ explained }) as ModelStudy).explained, explained);
  for (const change of [{ form: 'hyphens-text' }, { modelKind: 'base' }])
    assert.throws(() => parseWith({ explained, ...change }), {
      message:
        'x.yaml: explained.judge: expected false, as the model does not answer in a chat, received true',
    });
  for (const given of [{ features: 0, lists: 1 }, { features: 2 }, { features: 2, lists: 1, x: 1 }])
    assert.throws(() => parseWith({ explained: given }), /^Error: x\.yaml: explained/);
});

const PLACES = [
  { path: '.cache/weights/m.Q4_1.gguf' },
  { hub: 'owner/m-GGUF', revision: 'main', file: 'm.Q4_1.gguf' },
];
const gguf = (change: object = {}) => ({
  model: { gguf: { sha256: 'a'.repeat(64), places: PLACES, ...change } },
});

test('a model may be a GGUF file, with its SHA-256 and the places that may have it', () => {
  const { model } = parseWith(gguf()) as ModelStudy;
  assert.deepEqual(model, gguf().model);
});

suite('a GGUF file that is not determined is refused', () => {
  const [local, remote] = PLACES;
  const cases: [object, string][] = [
    [
      { model: { ...gguf().model, dir: 'x' } },
      `model: expected one of dir, hub with revision, gguf, received ${JSON.stringify({ dir: 'x', ...gguf().model })}`,
    ],
    [{ model: {} }, 'model: expected one of dir, hub with revision, gguf, received {}'],
    [gguf({ sha256: 'b179' }), 'model.gguf.sha256: expected 64 hex digits, received "b179"'],
    [gguf({ sha256: undefined }), 'model.gguf.sha256: expected string, received nothing'],
    [gguf({ places: [] }), 'model.gguf.places: expected list with length ≥ 1, received []'],
    [gguf({ size: 9 }), 'model.gguf.size: expected no such key, received 9'],
    [
      gguf({ places: [{ ...remote, file: 'm.safetensors' }] }),
      'model.gguf.places.0.file: expected the path of a .gguf file, without .., received "m.safetensors"',
    ],
    [
      gguf({ places: [local, { path: '../m.gguf' }] }),
      'model.gguf.places.1.path: expected the path of a .gguf file, without .., received "../m.gguf"',
    ],
    [
      gguf({ places: [{ hub: 'owner/m', file: 'm.gguf' }] }),
      'model.gguf.places.0: expected path, or hub, revision and file, received {"hub":"owner/m","file":"m.gguf"}',
    ],
    [
      gguf({ places: [{ ...local, ...remote }] }),
      `model.gguf.places.0: expected path, or hub, revision and file, received ${JSON.stringify({ ...local, ...remote })}`,
    ],
  ];
  for (const [change, complaint] of cases)
    test(complaint, () => {
      assert.throws(() => parseWith(change), { message: `x.yaml: ${complaint}` });
    });
});

test('an unknown study is answered with the known ones', () => {
  for (const name of ['nosuch', '../studies/miniature'])
    assert.throws(() => loadStudy(STUDIES, name), {
      message: `unknown study: ${name} (known: gemma-2-2b-it, gemma-3-270m, miniature, original, smollm2-135m-instruct)`,
    });
});

test('a study goes by the name of its file', (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'other.yaml'), MINIATURE);
  assert.throws(() => loadStudy(dir, 'other'), {
    message: `${join(dir, 'other.yaml')}: name: expected "other" as the file is called, received "miniature"`,
  });
});

test('the message names the topic where the prompt says', () => {
  const message = (topic: string) => userMessage({ prompt: '{topic}: a list of {topic}.' }, topic);
  assert.equal(message('Rivers'), 'Rivers: a list of Rivers.');
  for (const topic of ['$&', '$1$$', '{topic}', "$'$`", '\\n'])
    assert.equal(message(topic), `${topic}: a list of ${topic}.`);
});

/** The same of values that no field allows, of lists with a value twice, and of names that pages or lists have. */
const OTHER_FAULTS: [string | RegExp, string, string][] = [
  [
    'temperature: 0.8',
    'temperature: 1.0e-40',
    'sampling.temperature: expected number ≥ 1e-30, received 1e-40',
  ],
  ['topP: 0.9', 'topP: 1.0e-40', 'sampling.topP: expected number ≥ 1e-30, received 1e-40'],
  [
    'samples: 5',
    'samples: 1000000000',
    'sampling.samples: expected number ≤ 100000, received 1000000000',
  ],
  ['seed: 2024', 'seed: .inf', 'seed: expected number, received Infinity'],
  ['seed: 2024', 'seed: .nan', 'seed: expected number, received NaN'],
  [
    'seed: 2024',
    'seed: 99999999999999999999',
    'seed: expected integer ≤ 9007199254740991, received 100000000000000000000',
  ],
  [
    'confidence: 0.95',
    'confidence: 0.99999999',
    'bootstrap.confidence: expected number ≤ 0.9999, received 0.99999999',
  ],
  ['  - Countries', '  - " "', 'topics.1: expected text that is not blank, received " "'],
  ['  - Countries', '  - ""', 'topics.1: expected text with length ≥ 1, received ""'],
  [
    '  - Countries',
    '  - "a\\nb"',
    'topics.1: expected text of one line, without control characters, received "a\\nb"',
  ],
  [
    '  - Countries',
    '  - "\\ud800"',
    'topics.1: expected Unicode text, without half of a surrogate pair, received "\\ud800"',
  ],
  ['  - Countries', '  - animals', 'topics: expected each topic once, received "Animals"'],
  [
    'qualifier: " short"',
    'qualifier: ""',
    'templates.short.qualifier: expected text with length ≥ 1, received ""',
  ],
  [
    'swapFor: " long"',
    'swapFor: " short"',
    'templates.short.swapFor: expected another template\'s qualifier, received " short"',
  ],
  ['res_0, res_1', 'res_1, res_1', 'saes.ids: expected each SAE once, received "res_1"'],
  [
    'width: "384"',
    'width: 20k',
    'saes.width: expected the number of features as the release writes it, such as 384, 16k or 1m, received "20k"',
  ],
  ['res_0, res_1', 'res_01, res_1', 'saes.ids.0: expected family_layer, received "res_01"'],
  [
    'templates: [short, long]',
    'templates: [short, short]',
    'entropy.templates: expected each template once, received "short"',
  ],
  [
    'template: short\n  lists',
    'template: plain\n  lists',
    'patching.template: expected a template with a qualifier to swap, received "plain"',
  ],
  [
    'lists: first\n',
    'lists: first\n  layers: [1, 1]\n',
    'patching.layers: expected each layer once, received 1',
  ],
  [
    'splits: 5',
    'splits: 5\n  protocols: [continue]',
    'ablation.protocols: expected from-prompt among them, by which the topics’ halves are edited, received ["continue"]',
  ],
  [
    'splits: 5',
    'splits: 5\n  protocols: [from-prompt, from-prompt]',
    'ablation.protocols: expected each protocol once, received "from-prompt"',
  ],
  [
    'name: miniature',
    'name: data',
    `name: expected none of ${RESERVED_NAMES.join(', ')}, received "data"`,
  ],
  ['seed: 2024', 'seed: 2024\n"a\\nb": 1', '"a\\nb": expected no such key, received 1'],
  ['seed: 2024', '__proto__: 2024', '__proto__: expected no such key, received 2024'],
];

/** What to replace in the miniature's file, by what, and the complaint. */
const FAULTS: [string | RegExp, string, string][] = [
  ['topP: 0.9', 'topP: 1.4', 'sampling.topP: expected number ≤ 1, received 1.4'],
  ['topP: 0.9', 'topP: 0', 'sampling.topP: expected number > 0, received 0'],
  ['topP: 0.9', 'topP: high', 'sampling.topP: expected number, received "high"'],
  [
    'topP: 0.9',
    'top_p: 0.9',
    'sampling.top_p: expected no such key, received 0.9; did you mean topP?',
  ],
  ['seed: 2024', 'sead: 2024', 'sead: expected no such key, received 2024; did you mean seed?'],
  ['seed: 2024', '', 'seed: expected number, received nothing'],
  ['seed: 2024', 'seed: 1.5', 'seed: expected int, received 1.5'],
  ['batchSize: 115', 'batchSize: 0', 'batchSize: expected number ≥ 1, received 0'],
  [
    'subject: gemma2',
    'subject: gemma9',
    'subject: expected gemma2 | gemma3 | smollm2, received "gemma9"',
  ],
  [
    'form: hyphens-blank',
    'form: stars',
    'form: expected hyphens-blank | hyphens-turn | hyphens-turn-examples | hyphens-text | hyphens-text-examples, received "stars"',
  ],
  ['subject: gemma2', '', 'subject: expected gemma2 | gemma3 | smollm2, received nothing'],
  ['kind: miniature', 'kind: mini', 'kind: expected miniature | run, received "mini"'],
  [
    'template: short',
    'template: tiny',
    'sweep.template: expected short | long | plain, received "tiny"',
  ],
  ['  - Countries', '  - 12', 'topics.1: expected string, received 12'],
  ['  - Countries', '  - city names', 'topics: expected each topic once, received "city names"'],
  [
    'temperatures: [0.1,',
    'temperatures: [0.8,',
    'sweep.temperatures: expected each temperature once, sampling.temperature apart, received 0.8',
  ],
  [
    'templates: [short, long]',
    'templates: [short, plain]',
    'entropy.templates.1: expected a template with a qualifier to swap, received "plain"',
  ],
  [
    'attribution:\n  templates: [short]',
    'attribution:\n  templates: [plain]',
    'attribution.templates.0: expected a template with a qualifier to swap, received "plain"',
  ],
  ['strengths: [0,', 'strengths: [-1,', 'baselines.strengths.0: expected number ≥ 0, received -1'],
  [
    'strengths: [0,',
    'strengths: [0.1,',
    'baselines.strengths: expected each strength once, received 0.1',
  ],
  ['endLogits: [0,', 'endLogits: [2,', 'baselines.endLogits: expected each value once, received 2'],
  ['doses: [1,', 'doses: [2,', 'ablation.doses: expected each dose once, received 2'],
  [
    'prompt: Provide me with a short list of {topic}.',
    'prompt: Provide me with a list of {topic}.',
    'templates.short.prompt: expected " short" once, to swap for " long", received "Provide me with a list of {topic}. Just provide the names, no need for any other information."',
  ],
  [
    'prompt: Provide me with a list of {topic}. Just provide the names, no need for any other information.',
    'prompt: A list.',
    'templates.plain.prompt: expected text with {topic}, received "A list."',
  ],
  [
    'swapFor: " long"',
    '',
    'templates.short.swapFor: expected qualifier and swapFor together, received nothing',
  ],
  [
    'dir: data/models/miniature',
    'hub: google/gemma-2-2b-it',
    'model.revision: expected a commit, with hub only, received nothing',
  ],
  [
    'dir: data/models/miniature',
    'hub: google/gemma-2-2b-it\n  revision: main',
    'model.revision: expected a commit of 40 hex digits, received "main"',
  ],
  ['dir: data/models/miniature', 'hub: gemma', 'model.hub: expected owner/name, received "gemma"'],
  [
    'dir: data/models/miniature-saes',
    'hub: google/gemma-scope-2b-pt',
    'saes.revisions.res: expected the commit of its repository, received nothing',
  ],
  [
    'dir: data/models/miniature-saes',
    `hub: google/gemma-scope-2b-pt\n  revisions: {res: ${'a'.repeat(40)}}`,
    'saes.revisions.att: expected the commit of its repository, received nothing',
  ],
  [
    'dir: data/models/miniature-saes',
    'hub: google/gemma-scope-2b-pt\n  revisions: {res: main}',
    'saes.revisions.res: expected a commit of 40 hex digits, received "main"',
  ],
  [
    'dir: data/models/miniature-saes',
    'dir: data/models/miniature-saes\n  revisions: {}',
    'saes.revisions: expected commits with hub only, received {}',
  ],
  [
    'kind: miniature',
    'kind: original',
    'model: expected no such key, received {"dir":"data/models/miniature"}',
  ],
  [/^.*$/s, '', 'expected object, received null'],
  ...OTHER_FAULTS,
];

suite('a malformed study names field, expected and received', () => {
  for (const [from, to, complaint] of FAULTS)
    test(complaint, () => {
      const yaml = MINIATURE.replace(from, to);
      assert.notEqual(yaml, MINIATURE);
      assert.throws(() => parseStudy(yaml, 'x.yaml'), { message: `x.yaml: ${complaint}` });
    });
});

test('a topic may hold the qualifier after it, and not before it', () => {
  const { templates } = parse(MINIATURE);
  const topics = ['Rivers', 'Very short films'];
  const before = { ...templates.short, prompt: '{topic}: a short list.' };
  assert.equal((parseWith({ topics }) as ModelStudy).topics.length, 2);
  assert.throws(() => parseWith({ topics, templates: { ...templates, short: before } }), {
    message:
      'x.yaml: topics.1: expected no " short", which short has after it, received "Very short films"',
  });
});

test('text that is no YAML is one line with its place', () => {
  assert.throws(
    () => parseStudy('seed: [', 'x.yaml'),
    ({ message }: Error) =>
      /^x\.yaml: not YAML: .* line 1/.test(message) && !message.includes('\n'),
  );
});
