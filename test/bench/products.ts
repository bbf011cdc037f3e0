import { Graph } from '../../pipeline/graph/builder.ts';
import { FORMS } from '../../pipeline/lists/forms.ts';
import { readList } from '../../pipeline/lists/read-list.ts';
import { promptFor, tokenForm } from '../../pipeline/lists/token-form.ts';
import { forward } from '../../pipeline/models/forward.ts';
import { type Model, writingInBlocks } from '../../pipeline/models/model.ts';
import { blocksFor } from '../../pipeline/resources/block-weights.ts';
import { padLeft } from '../../pipeline/runtime/batch.ts';
import { type Completion, generate, type Prompt } from '../../pipeline/runtime/generate.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { loadTokenizer } from '../../pipeline/sources/formats/tokenizer.ts';
import { loadModelStudy } from '../../pipeline/study/load-study.ts';
import { userMessage } from '../../pipeline/study/message.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { smollm2 } from '../../pipeline/subjects/smollm2.ts';
import { unpack } from '../sources/unpack.ts';
import { SMOLLM2 } from '../weights.ts';
import { interleaved, type Log, type Measurement, median, medianRatio } from './measure.ts';

const ROUNDS = 3;
/** Tokens of the lists that are timed, of which none ends. */
const TIMED = 40;
/** Lists whose logits are compared. */
const READ = 12;

/** SmolLM2’s lists with products of 8-bit blocks and of float32: how fast, and what it costs. */
export async function measureProducts(
  studies: string,
  temp: string,
  log: Log,
): Promise<Measurement[]> {
  if (SMOLLM2.skip)
    return [{ name: 'int8 products', value: '–', note: `skipped: ${SMOLLM2.skip}` }];
  log('writing lists with float32 and with int8 products');
  const { dir, revision } = unpack(SMOLLM2.path, temp);
  const exact = loadModel(dir);
  const cache = { cache: temp, progress: () => {} };
  const rounded = writingInBlocks(exact, blocksFor(exact, revision, cache));
  const study = loadModelStudy(studies, 'smollm2-135m-instruct');
  const form = tokenForm(loadTokenizer(dir), smollm2.chat, FORMS[study.form]);
  const prompts = study.topics.flatMap((topic) =>
    (['short', 'long'] as const).map((template): Prompt => {
      const prompt = promptFor(userMessage(study.templates[template], topic), form);
      return { key: `bench ${template} ${topic}`, prompt };
    }),
  );
  const options = {
    provider: 'cpu',
    seed: study.seed,
    temperature: study.sampling.temperature,
    topP: study.sampling.topP,
  } as const;
  const timed = (model: Model, some: readonly Prompt[]) => () =>
    generate(model, some, { ...options, batchSize: some.length, maxNewTokens: TIMED, stopIds: [] });
  const alone = prompts.slice(0, 1);
  const seconds = await interleaved(
    {
      'float32, batch 1': timed(exact, alone),
      'int8, batch 1': timed(rounded, alone),
      [`float32, batch ${prompts.length}`]: timed(exact, prompts),
      [`int8, batch ${prompts.length}`]: timed(rounded, prompts),
    },
    { rounds: ROUNDS, log },
  );
  const speed = (some: readonly Prompt[]): Measurement => {
    const [slow, fast] = ['float32', 'int8'].map(
      (type) => seconds[`${type}, batch ${some.length}`]!,
    ) as [readonly number[], readonly number[]];
    const rate = median(fast.map((s) => (some.length * TIMED) / s));
    return {
      name: `int8 products, batch ${some.length} / float32`,
      value: `${rate.toFixed(0)} tokens/s`,
      ratio: medianRatio(slow, fast),
      note: 'SmolLM2 writes, its prompt included',
    };
  };
  log('reading the lists');
  const whole = { ...options, batchSize: prompts.length, maxNewTokens: 200, stopIds: form.stopIds };
  const lists = await generate(exact, prompts, whole);
  const others = await generate(rounded, prompts, whole);
  const itemsOf = ({ ids, ended }: Completion, i: number) => {
    const { prompt } = prompts[i]!;
    const list = { ids: [...prompt, ...ids], promptLength: prompt.length, ended };
    return readList(list, form).itemTexts.length;
  };
  const changes = lists.map((list, i) => itemsOf(others[i]!, i) - itemsOf(list, i));
  const mean = changes.reduce((sum, x) => sum + x, 0) / changes.length;
  const spread = Math.sqrt(
    changes.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (changes.length - 1) / changes.length,
  );
  const same = lists.filter(({ ids }, i) => ids.join() === others[i]!.ids.join()).length;
  const read = prompts.slice(0, READ).map(({ prompt }, i) => [...prompt, ...lists[i]!.ids]);
  const { error, divergence } = await logitLoss(exact, rounded, read);
  return [
    speed(alone),
    speed(prompts),
    {
      name: 'int8 products: error of logits',
      value: `${(100 * error).toFixed(1)} %`,
      note: `root mean square, of that of the logits about their mean; divergence ${divergence.toFixed(4)} nats a token`,
    },
    {
      name: 'int8 products: items a list',
      value: `${mean >= 0 ? '+' : '−'}${Math.abs(mean).toFixed(2)} ± ${spread.toFixed(2)}`,
      note: `the same noise; ${same} of ${lists.length} lists are the same token for token`,
    },
  ];
}

/** How far the logits of `rounded` are from those of `exact`, over all positions of some sequences. */
async function logitLoss(
  exact: Model,
  rounded: Model,
  sequences: readonly (readonly number[])[],
): Promise<{ readonly error: number; readonly divergence: number }> {
  const sums = { error: 0, size: 0, divergence: 0, n: 0 };
  const toRead = { ...rounded, load: (graph: Graph) => rounded.loadToWrite!(graph) };
  await using first = await openSession(logitsGraph(exact), { provider: 'cpu' });
  await using second = await openSession(logitsGraph(toRead), { provider: 'cpu' });
  for (const ids of sequences) {
    const { feeds } = padLeft([ids]);
    const [a, b] = [await first.run(feeds), await second.run(feeds)].map(
      ({ logits }) => logits!.data as Float32Array,
    ) as [Float32Array, Float32Array];
    const { dVocab } = exact.dims;
    for (let start = 0; start < a.length; start += dVocab)
      addLoss(sums, a.subarray(start, start + dVocab), b.subarray(start, start + dVocab));
  }
  return { error: Math.sqrt(sums.error / sums.size), divergence: sums.divergence / sums.n };
}

function logitsGraph(model: Model): Graph {
  const graph = new Graph();
  const { weights, resid } = forward(model, graph);
  graph.output('logits', model.unembed(weights, resid).logits);
  return graph;
}

function addLoss(
  sums: { error: number; size: number; divergence: number; n: number },
  a: Float32Array,
  b: Float32Array,
): void {
  const mean = a.reduce((sum, x) => sum + x, 0) / a.length;
  const [logsA, logsB] = [logOfSum(a), logOfSum(b)];
  for (let i = 0; i < a.length; i++) {
    sums.error += (a[i]! - b[i]!) ** 2;
    sums.size += (a[i]! - mean) ** 2;
    const logP = a[i]! - logsA;
    sums.divergence += Math.exp(logP) * (logP - (b[i]! - logsB));
  }
  sums.n += 1;
}

function logOfSum(logits: Float32Array): number {
  const most = logits.reduce((max, x) => Math.max(max, x), -Infinity);
  return most + Math.log(logits.reduce((sum, x) => sum + Math.exp(x - most), 0));
}
