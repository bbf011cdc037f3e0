import {
  factorsOf,
  type ReadyFeatures,
  readyFeatures,
} from '../../../pipeline/live/own-features.ts';
import { listSoFar } from '../../../pipeline/live/own-lists.ts';
import { type OwnModel, ownPrompt, readOwnModel } from '../../../pipeline/live/own-model.ts';
import { switchFeeds } from '../../../pipeline/live/switched-model.ts';
import {
  type LiveToken,
  type RunGraph,
  type WriteOptions,
  writeLists,
} from '../../../pipeline/live/write-lists.ts';
import type { OwnFeatures } from '../../../pipeline/schema/live-features.ts';
import { OWN_FILE } from '../../../pipeline/schema/own-file.ts';
import { fetchJson } from '../fetch-file.ts';
import { fetchPack } from './fetch-pack.ts';
import type { ShownList } from './messages.ts';
import { nextTask } from './next-task.ts';
import type { OwnAsked, OwnOrder, OwnReport } from './own-messages.ts';
import { compiled, useProgram } from './run-graph.ts';

/** Runs the model of a reader's own file beside the page: one list at a time, and each ends where another begins. */

const report = (message: OwnReport): void => postMessage(message);

/** A model that is there. Its weights are the runtime's alone by now. */
interface Opened extends Omit<OwnModel, 'weights' | 'graph'> {
  readonly step: RunGraph;
  readonly features: ReadyFeatures | null;
}

let opened: Opened | null = null;
/** The list that may be written; 0 for none. */
let current = 0;
/** Ends when the order before has been carried out: a session runs one step at a time. */
let last: Promise<void> = Promise.resolve();

/** Thrown to end a list that another one has replaced, or that the reader stopped. */
class Stopped extends Error {}

addEventListener('message', ({ data }: MessageEvent<OwnOrder>) => {
  current = data.kind === 'write' ? data.job : 0;
  if (data.kind !== 'stop') last = last.then(() => carryOut(data));
});

async function carryOut(order: Exclude<OwnOrder, { kind: 'stop' }>): Promise<void> {
  try {
    if (order.kind === 'open') await open(order);
    else if (order.job === current) await write(order);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    report({ kind: 'failed', reason, isOpen: opened !== null });
  }
}

/** Read the file, and compile the graph of one step. */
async function open({
  file,
  runtime,
  features: address,
}: Extract<OwnOrder, { kind: 'open' }>): Promise<void> {
  const start = performance.now();
  const bytes = await bytesOf(file);
  const features = address === null ? null : await fetchJson<OwnFeatures>(address);
  const site = features && {
    hook: features.hook,
    count: features.features.length,
  };
  const { graph, weights, ...model } = readOwnModel(
    fileBytes(file.name, bytes),
    site,
    (done, all) => report({ kind: 'read', share: done / all }),
  );
  const isStudys = await isOfStudy(bytes);
  useProgram(await fetchPack(runtime, () => {}));
  opened = {
    ...model,
    features: features && readyFeatures(features),
    step: await compiled(graph, weights),
  };
  weights.data.buffer.transfer(0); // the runtime has its own copy: free this one now
  report({ kind: 'ready', seconds: (performance.now() - start) / 1000, isStudys });
}

/** @throws where it is larger than a file of this model can be: nothing of it is read */
async function bytesOf(file: File): Promise<Uint8Array<ArrayBuffer>> {
  if (file.size > LARGEST)
    throw new Error(
      `${file.name}: ${file.size} bytes, too large for ${OWN_FILE.model}: choose a file of that model`,
    );
  return new Uint8Array(await file.arrayBuffer());
}

/** Bytes of a file with every value in float32, and room for more than any file's metadata. */
const LARGEST = 2 ** 30;

const fileBytes = (path: string, bytes: Uint8Array<ArrayBuffer>) => ({
  path,
  size: bytes.length,
  read: (offset: number, length: number) => bytes.subarray(offset, offset + length),
});

async function isOfStudy(bytes: Uint8Array<ArrayBuffer>): Promise<boolean | null> {
  if (!isSecureContext) return null;
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return (
    Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('') === OWN_FILE.sha256
  );
}

async function write({ job, asked }: Extract<OwnOrder, { kind: 'write' }>): Promise<void> {
  if (opened === null) throw new Error('the model is not there: choose its file first');
  const list = new OwnList(opened.form, promptOf(opened, asked), asked.maxNewTokens);
  const { prompt, tokens } = list;
  const work = {
    starts: [{ ids: prompt, additions: [] }],
    lists: [{ start: 0, key: asked.draws ?? '' }],
  };
  const start = performance.now();
  let first = start;
  const stopped = await endsEarly(
    writeLists(opened.step, work, optionsOf(opened, asked, prompt.length), async ([token]) => {
      if (tokens.length === 0) first = performance.now();
      list.add(token!);
      report({ kind: 'step', job, list: list.shown() });
      await nextTask();
      if (job !== current) throw new Stopped();
    }),
  );
  const promptSeconds = (first - start) / 1000;
  const rate = (tokens.length - 1) / ((performance.now() - first) / 1000);
  report({ kind: 'written', job, prompt, tokens, promptSeconds, rate, stopped });
}

/** Whether writing was stopped. @throws what else ended it */
const endsEarly = (writing: Promise<unknown>): Promise<boolean> =>
  writing.then(
    () => false,
    (error) => {
      if (error instanceof Stopped) return true;
      throw error;
    },
  );

/** @param until tokens of the prompt */
const optionsOf = (
  { dims, form, features }: Opened,
  { draws, maxNewTokens, off, where }: OwnAsked,
  until: number,
): WriteOptions => ({
  ...(draws === null ? LIKELIEST : { temperature: OWN_FILE.temperature, topP: OWN_FILE.topP }),
  dims,
  additionWidth: null,
  seed: OWN_FILE.seed,
  stopIds: form.stopIds,
  maxNewTokens,
  ...(features && {
    feeds: switchFeeds({
      features: features.features,
      factors: factorsOf(features, off),
      until: where === 'prompt' ? until : until + maxNewTokens,
    }),
  }),
});

/** A nucleus that holds one token. */
const LIKELIEST = { temperature: 1, topP: 1e-9 } as const;

const promptOf = ({ form }: Opened, { prompt }: OwnAsked): number[] =>
  typeof prompt === 'string'
    ? form.tokenizer.encode(prompt)
    : ownPrompt(form, prompt.topic, prompt.template);

/** A list that is being written. */
class OwnList {
  readonly prompt: readonly number[];
  readonly tokens: number[] = [];
  /** [token]: the probability of the end in its place. */
  readonly #pEnd: number[] = [];
  readonly #form: OwnModel['form'];
  readonly #most: number;

  constructor(form: OwnModel['form'], prompt: readonly number[], most: number) {
    this.prompt = prompt;
    this.#form = form;
    this.#most = most;
  }

  add({ id, p }: LiveToken): void {
    this.tokens.push(id);
    this.#pEnd.push(p[this.#form.events.item.end]!);
  }

  shown(): ShownList {
    const { prompt, tokens } = this;
    const { items, unfinished, ended } = listSoFar(tokens, { prompt, form: this.#form });
    return {
      items: items.map((item) => ({ ...item, pEnd: this.#pEnd[item.next]!, trueEnd: null })),
      unfinished,
      state: ended ? 'ended' : tokens.length >= this.#most ? 'cut' : 'writing',
    };
  }
}
