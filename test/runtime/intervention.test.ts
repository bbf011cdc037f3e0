import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Graph } from '../../pipeline/graph/builder.ts';
import { float32, int64 } from '../../pipeline/graph/tensor.ts';
import { forward } from '../../pipeline/models/forward.ts';
import { padLeft } from '../../pipeline/runtime/batch.ts';
import { type Completion, generate, type Prompt } from '../../pipeline/runtime/generate.ts';
import {
  type Addition,
  additionEdit,
  additionFeeds,
  type Intervention,
  steeringEdit,
  steeringFeeds,
} from '../../pipeline/runtime/intervention.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { numbers } from '../golden.ts';
import { MINIATURE, tokenizer } from '../miniature/miniature.ts';

const tokens = (completions: readonly Completion[]) => completions.map(({ ids }) => ids);
/** Keeps the likeliest token alone. */
const GREEDY = { temperature: 1, topP: 1e-9 };
const CPU = { provider: 'cpu', seed: 3, batchSize: 16 } as const;

const model = loadModel(MINIATURE);
const HOOK = 'blocks.2.hook_resid_post';
const steerAt = { hook: HOOK, from: 1 };
const { dModel, dVocab } = model.dims;
const SAMPLED = {
  ...CPU,
  temperature: 0.8,
  topP: 0.9,
  maxNewTokens: 20,
  stopIds: [tokenizer.id('<end_of_turn>')],
};
const prompts: Prompt[] = ['Colors', 'Types of Trees', 'Ocean'].map((topic) => {
  const message = `Provide me with a short list of ${topic}. Just provide the names, no need for any other information.`;
  return { key: topic, prompt: tokenizer.encode(`${tokenizer.chatPrompt(message)}-`) };
});
const generateWith = async (intervention: Intervention, some = prompts, options = {}) =>
  tokens(await generate(model, some, { ...SAMPLED, ...options, intervention }));
const baseline = generate(model, prompts, SAMPLED).then(tokens);
/** A direction and length that turn every completion. */
const push = Float32Array.from({ length: dModel }, (_, i) => 4 * Math.sin(1 + i));

suite('additions', () => {
  test('a graph that could add, and adds nothing, gives the baseline', async () => {
    assert.deepEqual(await generateWith({ hook: HOOK }), await baseline);
  });

  test('they move their own prompt and no other of the batch', async () => {
    const pos = prompts[1]!.prompt.length - 1;
    const edited = prompts.with(1, { ...prompts[1]!, additions: [{ pos, delta: push }] });
    const found = await generateWith({ hook: HOOK }, edited);
    const before = await baseline;
    assert.deepEqual([found[0], found[2]], [before[0], before[2]]);
    assert.notDeepEqual(found[1], before[1]);
    assert.deepEqual(await generateWith({ hook: HOOK }, [edited[1]!]), [found[1]]);
  });

  test('at one position they add up', async () => {
    const half = push.map((x) => x / 2);
    const found = async (additions: Addition[]) =>
      generateWith({ hook: HOOK }, [{ ...prompts[0]!, additions }]);
    const whole = await found([{ pos: 5, delta: push }]);
    const halves = [half, half].map((delta) => ({ pos: 5, delta }));
    assert.deepEqual(await found(halves), whole);
    assert.notDeepEqual(await found(halves.slice(1)), whole);
  });

  test('equal ones are read once, and each list has its own noise', async () => {
    const additions = [{ pos: 9, delta: push }];
    const same = Array.from({ length: 12 }, (_, i) => ({
      ...prompts[i % 2]!,
      key: `same ${i}`,
      additions: additions.map(({ pos, delta }) => ({ pos, delta: delta.slice() })),
    }));
    const found = await generateWith({ hook: HOOK }, same);
    assert.ok(new Set(found.map((ids) => ids.join())).size > 6);
    for (const i of [0, 1, 11])
      assert.deepEqual(await generateWith({ hook: HOOK }, [same[i]!]), [found[i]]);
  });

  test('prompts of the same tokens share what is before their edits, and nothing else', async () => {
    const end = prompts[1]!.prompt.length - 1;
    const placed = [[end], [5, 9], [2], [], [9], [end], [0]].map(
      (positions, i): Prompt => ({
        ...prompts[i === 5 ? 0 : 1]!,
        key: `placed ${i}`,
        additions: positions.map((pos) => ({ pos: Math.min(pos, end - 4), delta: push })),
      }),
    );
    const alone: (readonly number[])[] = [];
    for (const prompt of placed) alone.push(...(await generateWith({ hook: HOOK }, [prompt])));
    assert.equal(new Set(alone.map(String)).size, placed.length);
    for (const driver of ['host', 'loop'])
      for (const batchSize of [16, 3])
        assert.deepEqual(await generateWith({ hook: HOOK }, placed, { driver, batchSize }), alone);
  });

  test('every value of a row without them is the same to the last bit', async () => {
    const batch = padLeft(prompts.map(({ prompt }) => prompt));
    const run = async (graph: Graph, added = {}) => {
      const session = await openSession(graph, { provider: 'cpu' });
      return (await session.run({ ...batch.feeds, ...added })).logits!;
    };
    const graphWith = (edit?: ReturnType<typeof additionEdit>) => {
      const graph = new Graph();
      const { weights, resid } = forward(model, graph, edit && { edit });
      graph.output('logits', model.unembed(weights, resid).logits);
      return graph;
    };
    const plain = await run(graphWith());
    const additions = [[], [{ pos: 3, delta: push }], []];
    const added = await run(graphWith(additionEdit(HOOK)), additionFeeds(additions, batch, dModel));
    const size = batch.length * dVocab;
    const rowOf = ({ data }: typeof plain, row: number) => data.slice(row * size, (row + 1) * size);
    assert.deepEqual(rowOf(added, 0), rowOf(plain, 0));
    assert.deepEqual(rowOf(added, 2), rowOf(plain, 2));
    assert.notDeepEqual(rowOf(added, 1), rowOf(plain, 1));
    const start = (batch.pads[1]! + 3) * dVocab;
    assert.deepEqual(rowOf(added, 1).slice(0, start), rowOf(plain, 1).slice(0, start));
  });
});

test('draws already made are skipped: a prefix ends as its own completion did', async () => {
  const whole = await baseline;
  const resumed = prompts.map(({ key, prompt }, i) => ({
    key,
    prompt: [...prompt, ...whole[i]!.slice(0, 3 + i)],
    drawn: 3 + i,
  }));
  const found = tokens(await generate(model, resumed, SAMPLED));
  found.forEach((ids, i) => {
    assert.deepEqual(ids.slice(0, 10), whole[i]!.slice(3 + i).slice(0, 10));
  });
  const afresh = resumed.map(({ drawn, ...prompt }) => prompt);
  assert.notDeepEqual(tokens(await generate(model, afresh, SAMPLED)), found);
});

suite('steering', () => {
  const steered = (vector: Float32Array) => prompts.map((of) => ({ ...of, steering: vector }));

  test('a vector of zero is the baseline, another is not', async () => {
    const zero = new Float32Array(push.length);
    assert.deepEqual(await generateWith({ steerAt }, steered(zero)), await baseline);
    assert.notDeepEqual(await generateWith({ steerAt }, steered(push)), await baseline);
  });

  test('each list has its own, however many leave the batch before it', async () => {
    const [first, ...others] = prompts;
    const mixed = [first!, ...others.map((of) => ({ ...of, steering: push }))];
    const all = await generateWith({ steerAt }, steered(push));
    const found = await generateWith({ steerAt }, mixed);
    assert.deepEqual(found, [(await baseline)[0], ...all.slice(1)]);
  });

  for (const [from, steered] of [
    [1, [0, 0, 3, 3]],
    [2, [0, 0, 0, 3]],
  ] as const)
    test(`adds from position ${from} on, and not at padding`, async () => {
      const graph = new Graph();
      const positions = graph.input('positions', 'int64', ['B', 'T']);
      const x = graph.input('x', 'float32', ['B', 'T', 2]);
      graph.output('y', steeringEdit({ hook: 'h', from }, positions)('h', x));
      await using session = await openSession(graph, { provider: 'cpu' });
      const { y } = await session.run({
        x: float32(new Float32Array(16), [2, 4, 2]),
        // One token of padding, BOS, two more; and a sequence that is not steered.
        positions: int64([0, 0, 1, 2, 0, 1, 2, 3], [2, 4]),
        ...steeringFeeds([Float32Array.of(3, -6), undefined], 2),
      });
      const expected = [...steered.flatMap((x) => [x, -2 * x + 0]), ...new Array(8).fill(0)];
      assert.deepEqual(numbers(y!.data), expected);
    });

  test('reaches new tokens, too', async () => {
    // One new token that reads nothing but BOS and itself: only steering at new positions can turn it.
    const steerAt = { hook: 'blocks.5.hook_resid_post', from: 1 };
    const options = { ...GREEDY, maxNewTokens: 4, stopIds: [] };
    const alone = [{ key: 'bos', prompt: [tokenizer.id('<bos>')] }];
    const [plain] = await generateWith({}, alone, options);
    const pushed = alone.map((of) => ({ ...of, steering: push.map((x) => 2 * x) }));
    const [turned] = await generateWith({ steerAt }, pushed, options);
    assert.equal(turned![0], plain![0]);
    assert.notDeepEqual(turned, plain);
  });
});

suite('logit bias', () => {
  const bias = (token: number, by: number) => new Float32Array(dVocab).with(token, by);

  test('of 0 is the baseline', async () => {
    assert.deepEqual(await generateWith({ logitBias: bias(0, 0) }), await baseline);
  });

  test('a banned token never occurs, however likely it was', async () => {
    for (const by of [Number.NEGATIVE_INFINITY, -1e4])
      for (const token of [(await baseline)[0]![0]!, tokenizer.id('\n')]) {
        assert.ok((await baseline).flat().includes(token));
        const found = await generateWith({ logitBias: bias(token, by) });
        assert.ok(!found.flat().includes(token));
      }
  });

  test('a raised one is all there is', async () => {
    const token = tokenizer.id(' ');
    const found = await generateWith({ logitBias: bias(token, 100) });
    assert.ok(found.flat().every((id) => id === token));
  });
});

/** What is asked for, and the complaint. */
const FAULTS: [string, () => Promise<unknown>, RegExp][] = [
  ['no prompts', () => generateWith({}, []), /^Error: no prompts: give at least one$/],
  [
    'an empty prompt',
    () => generateWith({}, [{ key: 'a', prompt: [] }]),
    /^Error: sample a: empty prompt: give at least BOS$/,
  ],
  [
    'an unknown hook of additions',
    () => generateWith({ hook: 'blocks.9.hook_resid_post' }),
    /^Error: missing hook: blocks\.9\.hook_resid_post \(the graph has /,
  ],
  [
    'an unknown hook of steering',
    () => generateWith({ steerAt: { hook: 'resid', from: 1 } }),
    /^Error: missing hook: resid \(the graph has /,
  ],
  [
    'a hook whose values have heads',
    () => generateWith({ hook: 'blocks.0.attn.hook_rot_q' }),
    /^Error: cannot add a vector at blocks\.0\.attn\.hook_rot_q \[B,T,4,32\]: choose a hook of \[batch, pos, d\]$/,
  ],
  [
    'additions without a hook',
    () => generateWith({}, [{ ...prompts[0]!, additions: [] }]),
    /^Error: sample Colors has additions: name the hook of the intervention$/,
  ],
  [
    'a position after the prompt',
    () => generateWith({ hook: HOOK }, at(prompts[0]!.prompt.length)),
    /^Error: addition at position (\d+), but the prompt has \1 tokens: use a smaller position$/,
  ],
  [
    'a position before the prompt, which is padding',
    () => generateWith({ hook: HOOK }, at(-1)),
    /^Error: addition at position -1, but the prompt has \d+ tokens: use a smaller position$/,
  ],
  [
    'a vector of another width',
    () => generateWith({ hook: HOOK }, at(1, new Float32Array(7))),
    /^Error: addition of 7 values, but the hook has 96: use a vector of the hook's width$/,
  ],
  [
    'a steering vector of another width',
    () => generateWith({ steerAt }, [{ ...prompts[0]!, steering: new Float32Array(7) }]),
    /^Error: steering vector of 7 values, but the hook has 96: use a vector of the hook's width$/,
  ],
  [
    'a steered list without a place',
    () => generateWith({}, [{ ...prompts[0]!, steering: push }]),
    /^Error: sample Colors is steered: name the intervention's steerAt$/,
  ],
  [
    'a bias of another length',
    () => generateWith({ logitBias: new Float32Array(3) }),
    /^Error: logit bias of 3 tokens: the vocabulary has \d+$/,
  ],
  [
    'a bias that is no number',
    () => generateWith({ logitBias: new Float32Array(dVocab).with(4, Number.NaN) }),
    /^Error: logit bias of token 4 is NaN: use a number, or -Infinity to ban it$/,
  ],
];

const at = (pos: number, delta = push): Prompt[] =>
  prompts.with(0, { ...prompts[0]!, additions: [{ pos, delta }] });

for (const [what, run, message] of FAULTS)
  test(`refused: ${what}`, async () => {
    await assert.rejects(run(), message);
  });
