import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { WriteStream } from 'node:tty';
import { fileURLToPath } from 'node:url';
import { openCheckpoint, readTensor } from '../../../pipeline/sources/formats/safetensors.ts';
import { writeSafetensors } from '../../../pipeline/sources/formats/write-safetensors.ts';
import { type Hub, openHub } from '../../../pipeline/sources/hub/hub.ts';
import { tempDir } from '../../temp.ts';
import { type HubContent, type HubServer, serveHub } from './server.ts';

export const MINIATURE = fileURLToPath(new URL('../../../data/models/miniature', import.meta.url));
const SAES = fileURLToPath(new URL('../../../data/models/miniature-saes', import.meta.url));

export const MODEL = 'google/gemma-2-2b-it';
export const REVISION = '1'.repeat(40);
export const RELEASE = 'google/gemma-scope-2b-pt';
export const REVISIONS = { res: '2'.repeat(40), att: '3'.repeat(40) };
export const SHARDS = [1, 2].map((n) => `model-0000${n}-of-00002.safetensors`);
export const INDEX = 'model.safetensors.index.json';

/** A token that is none, and that no message may show. */
export const TOKEN = 'hf_thisTokenMustNeverBeSeen';

export const modelChoice = { hub: MODEL, revision: REVISION };
export const saeChoice = {
  hub: RELEASE,
  revisions: REVISIONS,
  width: '384',
  ids: ['res_0', 'att_1'],
};

/** The miniature as the hub has Gemma: weights in two shards with an index, and files that nobody needs. */
export function gemmaLike(t: TestContext): string {
  const dir = tempDir(t);
  for (const file of ['config.json', 'tokenizer.json', 'tokenizer_config.json'])
    cpSync(join(MINIATURE, file), join(dir, file));
  writeFileSync(join(dir, 'generation_config.json'), '{}');
  writeFileSync(join(dir, 'README.md'), 'a card');
  mkdirSync(join(dir, 'original'));
  writeFileSync(join(dir, 'original/model.ckpt'), 'other weights');
  const tensors = [...openCheckpoint(MINIATURE).tensors];
  const weight_map: Record<string, string> = {};
  for (const [i, part] of [tensors.slice(0, 20), tensors.slice(20)].entries()) {
    const read = part.map(([name, at]) => [name, readTensor(at)] as const);
    writeSafetensors(join(dir, SHARDS[i]!), Object.fromEntries(read));
    for (const [name] of part) weight_map[name] = SHARDS[i]!;
  }
  writeFileSync(join(dir, INDEX), JSON.stringify({ weight_map }));
  return dir;
}

/** A server, and what a client of it is given: an empty cache. */
export interface Client extends HubServer {
  readonly cache: string;
  readonly env: NodeJS.ProcessEnv;
  readonly hub: Hub;
  /** Seconds that the client waited before it asked again, all of them at once. */
  readonly waited: number[];
  readonly output: WriteStream & { readonly text: string[] };
}

export interface Served extends Client {
  /** The folder that is served as the model. */
  readonly model: string;
}

/** A server with the miniature and its SAEs under Gemma's names, and an empty cache. */
export async function serveGemma(
  t: TestContext,
  content: Omit<HubContent, 'repos'> = {},
  env: NodeJS.ProcessEnv = {},
): Promise<Served> {
  const model = gemmaLike(t);
  const repos = {
    [MODEL]: { dir: model, revision: REVISION },
    [`${RELEASE}-res`]: { dir: join(SAES, 'res'), revision: REVISIONS.res },
    [`${RELEASE}-att`]: { dir: join(SAES, 'att'), revision: REVISIONS.att },
  };
  return { ...(await serve(t, { ...content, repos }, env)), model };
}

/** A server, and an empty cache. */
export async function serve(
  t: TestContext,
  content: HubContent,
  env: NodeJS.ProcessEnv = {},
): Promise<Client> {
  const server = await serveHub(t, content);
  const all = { HF_ENDPOINT: server.endpoint, HF_HOME: tempDir(t), ...env };
  const waited: number[] = [];
  const pause = async (seconds: number) => void waited.push(seconds);
  const hub = { ...openHub(all), pause };
  return { ...server, cache: hub.cache, env: all, hub, waited, output: quiet() };
}

function quiet(): Served['output'] {
  const text: string[] = [];
  const write = (line: string) => text.push(line) > 0;
  return { isTTY: false, write, text } as unknown as Served['output'];
}
