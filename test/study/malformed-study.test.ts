import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RESERVED_NAMES } from '../../pipeline/schema/reserved-names.ts';
import { parseStudy } from '../../pipeline/study/load-study.ts';
import { MINIATURE } from './miniature-study.ts';

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
  [
    '  - Countries',
    '  - "Animals\\u200b"',
    'topics.1: expected text without invisible characters, received "Animals\\u200b"',
  ],
  [
    '  - Countries',
    '  - "\\u202eCountries"',
    'topics.1: expected text without invisible characters, received "\\u202eCountries"',
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
    'splits: 5\n  saes: [res_0, res_9]',
    'ablation.saes: expected ids among attribution.saes, or saes.ids without these, received "res_9"',
  ],
  [
    'method: integrated',
    'method: integrated\n  saes: [res_1, res_9]',
    'attribution.saes: expected ids among saes.ids, received "res_9"',
  ],
  [
    /method: integrated([\s\S]*splits: 5)/,
    'method: integrated\n  saes: [res_1]$1\n  saes: [res_0]',
    'ablation.saes: expected ids among attribution.saes, or saes.ids without these, received "res_0"',
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
    'subject: expected gemma2 | gemma3 | smollm2 | qwen2 | qwen3 | mistral | llama | llama3, received "gemma9"',
  ],
  [
    'form: hyphens-blank',
    'form: stars',
    'form: expected hyphens-blank | hyphens-turn | hyphens-turn-examples | hyphens-text | hyphens-text-examples | stars-turn | stars-text | numbered-turn | numbered-turn-examples | numbered-text | numbered-text-examples | commas-turn | commas-stop | commas-text | commas-text-examples | lines-turn | lines-text | lines-text-examples, received "stars"',
  ],
  [
    'subject: gemma2',
    '',
    'subject: expected gemma2 | gemma3 | smollm2 | qwen2 | qwen3 | mistral | llama | llama3, received nothing',
  ],
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

test('text that is no YAML is one line with its place', () => {
  assert.throws(
    () => parseStudy('seed: [', 'x.yaml'),
    ({ message }: Error) =>
      /^x\.yaml: not YAML: .* line 1/.test(message) && !message.includes('\n'),
  );
});
