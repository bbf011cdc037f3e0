import { type ActiveFeature, randomFeatures } from '../../../pipeline/live/edits.ts';
import {
  activeWhere,
  type LiveEdit,
  type LoadedModel,
  promptOf,
  startOf,
  writeOptions,
} from '../../../pipeline/live/live-lists.ts';
import { readAnswer } from '../../../pipeline/live/read-lists.ts';
import {
  type LiveToken,
  listKey,
  type OnStep,
  writeLists,
} from '../../../pipeline/live/write-lists.ts';
import type { LiveModel } from '../../../pipeline/schema/live.ts';
import { loadModel } from './load-model.ts';
import {
  ARMS,
  type Arm,
  type Asked,
  type Order,
  type Report,
  type ShownDraw,
  type ShownList,
} from './messages.ts';
import { nextTask } from './next-task.ts';
import { shownDraw, shownList } from './show-lists.ts';

/** Runs the model beside the page: one job at a time, and each ends where another begins. */

const report = (message: Report): void => postMessage(message);

/** The job that may run; 0 for none. */
let current = 0;
let gate: 'run' | 'pause' | 'step' = 'run';
let wake: (() => void) | null = null;
let loaded: LoadedModel | null = null;
/** Ends when the job before has ended: a session runs one step at a time. */
let last: Promise<void> = Promise.resolve();

/** Thrown to end a job that another one has replaced. */
class Replaced extends Error {}

addEventListener('message', ({ data }: MessageEvent<Order>) => {
  if (data.kind === 'gate') {
    gate = data.gate;
    wake?.();
    return;
  }
  current = 'job' in data ? data.job : 0;
  wake?.();
  if (data.kind !== 'stop') last = last.then(() => carryOut(data));
});

async function carryOut(order: Exclude<Order, { kind: 'gate' | 'stop' }>): Promise<void> {
  try {
    if (order.kind === 'load') await load(order.files);
    else if (order.job !== current) return;
    else if (order.kind === 'write') await write(order);
    else await count(order);
  } catch (error) {
    if (!(error instanceof Replaced))
      report({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
  }
}

async function load(files: Extract<Order, { kind: 'load' }>['files']): Promise<void> {
  const start = performance.now();
  loaded = await loadModel(files, (bytes) => report({ kind: 'bytes', loaded: bytes }));
  report({ kind: 'ready', seconds: (performance.now() - start) / 1000 });
}

async function write({ job, asked, arms, pace, paused }: Extract<Order, { kind: 'write' }>) {
  const model = ready();
  gate = paused ? 'pause' : 'run';
  const work = await workOf(model, asked, { job, arms, seeds: [asked.seed] });
  await turn(job, 0);
  const shown = stepReports(model.model, asked, { job, arms });
  const times: number[] = [];
  let start = performance.now();
  await writeLists(model.step, work, writeOptions(model.model, asked), async (step) => {
    times.push(performance.now() - start);
    report(shown(step));
    await turn(job, pace);
    start = performance.now();
  });
  report({ kind: 'written', job, msPerToken: median(times) });
}

/** Tells the page of each step: the lists as far as they are written, and what the tokens were drawn from. */
function stepReports(
  model: LiveModel,
  asked: Asked,
  { job, arms }: { readonly job: number; readonly arms: readonly Arm[] },
): (step: Parameters<OnStep>[0]) => Report {
  const tokens: Record<Arm, LiveToken[]> = { trained: [], edited: [] };
  return (step) => {
    const draws: Partial<Record<Arm, ShownDraw>> = {};
    const lists: Partial<Record<Arm, ShownList>> = {};
    for (const [i, arm] of arms.entries()) {
      const token = step[i];
      if (token) {
        tokens[arm].push(token);
        draws[arm] = shownDraw(token, model);
      }
      lists[arm] = shownList(tokens[arm], asked, model);
    }
    return { kind: 'step', job, lists, draws };
  };
}

/** Write lists on many draws, and count their items. */
async function count({ job, asked, n }: Extract<Order, { kind: 'seeds' }>): Promise<void> {
  const model = ready();
  const start = performance.now();
  const seeds = Array.from({ length: n }, (_, seed) => seed);
  const work = await workOf(model, asked, { job, arms: ARMS, seeds });
  const of = work.lists.length;
  gate = 'run';
  const written = await writeLists(
    model.step,
    work,
    writeOptions(model.model, asked),
    async (step) => {
      report({ kind: 'counted', job, ended: step.filter((token) => token === null).length, of });
      await turn(job, 0);
    },
  );
  const items = written.map((ids) => readAnswer(ids, model.model).items.length);
  const counts = { trained: items.slice(0, n), edited: items.slice(n) };
  const tokens = { trained: written.slice(0, n), edited: written.slice(n) };
  report({ kind: 'counts', job, counts, tokens, seconds: (performance.now() - start) / 1000 });
}

function ready(): LoadedModel {
  if (loaded === null) throw new Error('the model is not loaded: load it first');
  return loaded;
}

/** The starts of the asked arms, and a list for each of the seeds. */
async function workOf(
  model: LoadedModel,
  asked: Asked,
  {
    job,
    arms,
    seeds,
  }: { readonly job: number; readonly arms: readonly Arm[]; readonly seeds: readonly number[] },
) {
  const prompt = promptOf(model.model, asked);
  const edit = await editOf(model, asked, job);
  const starts = arms.map((arm) => startOf(model, prompt, arm === 'edited' ? edit : null));
  const lists = arms.flatMap((_, start) =>
    seeds.map((replicate) => ({
      start,
      key: listKey(prompt, { temperature: asked.temperature, replicate }),
    })),
  );
  return { starts, lists };
}

/** The edit that a reader asks for; tells the page how active the features are. */
async function editOf(model: LoadedModel, asked: Asked, job: number): Promise<LiveEdit> {
  const prompt = promptOf(model.model, asked);
  const active = await activeIn(model, asked);
  const { labelled } = model.model.features;
  const strongest = (feature: number) =>
    Math.max(
      0,
      ...active.filter((cell) => cell.feature === feature).map((cell) => cell.featureAct),
    );
  const chosen = Object.entries(asked.factors).map(([feature, factor]) => ({
    feature: Number(feature),
    factor,
  }));
  const { seed } = model.model.setting;
  const factors = asked.random
    ? randomFeatures(
        active,
        { others: labelled, n: RANDOM },
        {
          seed,
          key: `random ${listKey(prompt, { temperature: asked.temperature, replicate: asked.seed })}`,
        },
      ).map((feature) => ({ feature, factor: 0 }))
    : chosen;
  report({
    kind: 'edits',
    job,
    activations: Object.fromEntries(labelled.map((feature) => [feature, strongest(feature)])),
    features: factors.map(({ feature }) => feature),
  });
  return { active, factors, steering: asked.steering };
}

/** The active features of the prompt that was read last: a slider that is dragged asks for them again and again. */
let read: { readonly key: string; readonly active: readonly ActiveFeature[] } = {
  key: '',
  active: [],
};

async function activeIn(model: LoadedModel, asked: Asked): Promise<readonly ActiveFeature[]> {
  const { topic, word, where } = asked;
  const key = JSON.stringify([topic, word, where]);
  if (read.key !== key)
    read = { key, active: await activeWhere(model, promptOf(model.model, asked), where) };
  return read.active;
}

const RANDOM = 5;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Let the page's messages in, and wait as it asks. @throws where another job has begun */
async function turn(job: number, pace: number): Promise<void> {
  if (pace > 0) await new Promise((resolve) => setTimeout(resolve, pace));
  else await nextTask();
  while (job === current && gate === 'pause')
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  if (job !== current) throw new Replaced();
  if (gate === 'step') gate = 'pause';
}
