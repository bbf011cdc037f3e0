import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { FORM_NAMES } from '../../pipeline/lists/forms.ts';
import { TEMPLATES } from '../../pipeline/schema/templates.ts';
import { topicId } from '../../pipeline/schema/topic-id.ts';
import { parseStudy } from '../../pipeline/study/load-study.ts';
import { SUBJECT_NAMES } from '../../pipeline/subjects/all.ts';

const count = fc.integer({ min: 1, max: 1000 });
const real = (min: number, max: number) =>
  fc.double({ min, max, noNaN: true }).map((x) => (Object.is(x, -0) ? 0 : x));
const some = <T>(values: readonly T[]) => fc.subarray([...values], { minLength: 1 });
const distinct = <T>(value: fc.Arbitrary<T>, minLength = 1) =>
  fc.uniqueArray(value, { minLength, maxLength: 5 });
const firstOrAll = fc.constantFrom('all', 'first');
const layers = distinct(fc.nat(30));

const words = fc.stringMatching(/^[a-z]{1,6}(-[a-z0-9]{1,4}){0,2}$/).map((name) => `study-${name}`);
const topics = fc.uniqueArray(
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
    .filter((text) => text.trim() !== '' && !/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(text)),
  { minLength: 2, maxLength: 5, selector: topicId },
);

/** The qualifier stands before the topic, so that a topic may hold it. */
const templates = fc.record({ short: count, long: count, plain: count }).map((limits) => ({
  short: template(' short', ' long', limits.short),
  long: template(' long', ' short', limits.long),
  plain: { prompt: 'Give me a list of {topic}.', maxNewTokens: limits.plain },
}));

const template = (qualifier: string, swapFor: string, maxNewTokens: number) => ({
  prompt: `Give me a${qualifier} list of {topic}: "{topic}".`,
  qualifier,
  swapFor,
  maxNewTokens,
});

/** Temperatures of the sweep, apart from that of the sampling. */
const sampled = distinct(real(1e-30, 10), 2).chain(([temperature, ...temperatures]) =>
  fc.record({
    sampling: fc.record({
      temperature: fc.constant(temperature!),
      topP: real(1e-30, 1),
      samples: count,
    }),
    sweep: fc.record({
      template: fc.constantFrom(...TEMPLATES),
      temperatures: fc.constant(temperatures),
      samples: count,
    }),
  }),
);

const ablation = fc
  .record(
    {
      k: count,
      doses: distinct(count, 0),
      capFactor: real(1, 100),
      controls: fc.record({ draws: count, written: count, lists: firstOrAll }),
      splits: count,
      protocols: fc.constantFrom(['from-prompt'], ['continue', 'from-prompt']),
    },
    { requiredKeys: ['k', 'doses', 'capFactor'] },
  )
  .map((found) => ({
    ...found,
    draws: 1000,
    ...(found.controls && { controls: { ...found.controls, draws: 1000 } }),
  }));

const withSaes = fc.record({
  saes: fc.record({
    dir: fc.constant('data/saes'),
    width: fc.constantFrom('384', '16k', '1m'),
    ids: distinct(fc.constantFrom('res_0', 'res_12', 'att_2', 'mlp_3', 'tc_25')),
  }),
  attribution: fc.record(
    { templates: some(['short', 'long']), top: count, path: fc.constantFrom('zero', 'swapped') },
    { requiredKeys: ['templates', 'top'] },
  ),
  ablation,
  baselines: fc.record(
    { layers, strengths: distinct(real(0, 10)), endLogits: distinct(real(0, 100)) },
    { requiredKeys: ['strengths', 'endLogits'] },
  ),
});

const optional = fc.record(
  {
    modelKind: fc.constantFrom('base', 'instruct'),
    memory: real(0.001, 100),
    robustness: fc.record({ form: fc.constantFrom(...FORM_NAMES), samples: count }),
    patching: fc.record(
      { template: fc.constantFrom('short', 'long'), lists: firstOrAll, layers },
      { requiredKeys: ['template', 'lists'] },
    ),
    authorship: fc.record({
      studies: distinct(
        words.map((name) => `other-${name}`),
        0,
      ),
    }),
  },
  { requiredKeys: [] },
);

/** A valid study, as an object. */
const study = fc
  .tuple(
    fc.record({
      name: words,
      kind: fc.constantFrom('run', 'miniature'),
      model: fc.constant({ dir: 'data/models/miniature' }),
      subject: fc.constantFrom(...SUBJECT_NAMES),
      form: fc.constantFrom(...FORM_NAMES),
      seed: fc.maxSafeNat(),
      batchSize: count,
      topics,
      templates,
      entropy: fc.record({ templates: some(['short', 'long']) }),
      bootstrap: fc.record({
        resamples: fc.integer({ min: 100, max: 5000 }),
        confidence: real(0.5, 0.99),
      }),
    }),
    sampled,
    optional,
    fc.oneof(fc.constant({}), withSaes),
  )
  .map((parts): Readonly<Record<string, unknown>> => Object.assign({}, ...parts));

/** Ways in which YAML writes the same. */
const style = fc.record({
  indent: fc.integer({ min: 2, max: 5 }),
  lineWidth: fc.constantFrom(0, 40, 80),
  defaultStringType: fc.constantFrom(
    'PLAIN' as const,
    'QUOTE_DOUBLE' as const,
    'QUOTE_SINGLE' as const,
  ),
  collectionStyle: fc.constantFrom('any' as const, 'flow' as const),
});

test('a study of the grammar is read, however it is written', () => {
  fc.assert(
    fc.property(study, style, (valid, written) => {
      const read: object = parseStudy(stringify(valid, written), 'x.yaml');
      for (const [key, value] of Object.entries(valid))
        if (key !== 'ablation') assert.deepEqual(plain(Reflect.get(read, key)), plain(value));
    }),
  );
});

/** Without prototypes, which generated objects lack. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

type Path = readonly (string | number)[];

/** Every value of a study, with its place. */
function* placesOf(value: unknown, path: Path = []): Generator<[Path, unknown]> {
  yield [path, value];
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value))
    yield* placesOf(inner, [...path, Array.isArray(value) ? Number(key) : key]);
}

/** A copy with another value at one place. */
function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by;
  const copy = Array.isArray(value) ? [...value] : { ...Object(value) };
  Reflect.set(copy, key, replaced(Reflect.get(copy, key), rest, by));
  return copy;
}

const NO_TEXT = [12, true, null, ' ', '', {}, ['a'], '\u0007', '\ud800'] as const;
const NO_NUMBER = [
  '1',
  -1,
  1e300,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  null,
  [1],
  { a: 1 },
] as const;
const NO_KEY = ['zzz', 'Topics', 'top_p', '__proto__', 'a b', 'é'] as const;

/** One fault at one place: what stands there, and what the error must name. */
function faultsAt([path, value]: [Path, unknown]): { path: Path; by: unknown; named: Path }[] {
  const at = (by: unknown, named = path) => ({ path, by, named });
  if (typeof value === 'number') return NO_NUMBER.map((by) => at(by));
  if (typeof value === 'string') return NO_TEXT.map((by) => at(by));
  if (Array.isArray(value))
    return [at('text'), ...(value.length > 0 ? [at([...value, value[0]])] : [])];
  return [
    ...(path.length > 0 ? [at('text'), at([])] : []),
    ...NO_KEY.map((key) =>
      at(Object.defineProperty({ ...Object(value) }, key, { value: 1, enumerable: true }), [
        ...path,
        key,
      ]),
    ),
  ];
}

const faulty = study.chain((valid) => {
  const faults = [...placesOf(valid)].flatMap(faultsAt);
  return fc.constantFrom(...faults).map(({ path, by, named }) => ({
    yaml: stringify(replaced(valid, path, by)),
    named,
  }));
});

test('a study with one fault is refused in one short line that names where it is', () => {
  fc.assert(
    fc.property(faulty, ({ yaml, named }) => {
      assert.throws(
        () => parseStudy(yaml, 'x.yaml'),
        ({ message }: Error) => {
          assert.ok(!/[\n\r\u2028\u2029]/.test(message) && message.length < 500, message);
          const [, place] = /^x\.yaml: (.+?): expected /.exec(message) ?? [];
          assert.ok(place !== undefined, message);
          const key = (part: string | number) =>
            /^[\w-]+$/.test(String(part)) ? String(part) : JSON.stringify(part);
          const wanted = named.map(key).join('.');
          // A rule of several fields names the one that must change, or what both stand in.
          assert.ok(
            wanted === place || wanted.startsWith(`${place}.`) || place.startsWith(`${wanted}.`),
            `${message}\nthe fault is at ${wanted}`,
          );
          return true;
        },
      );
    }),
    { numRuns: 1000 },
  );
});
