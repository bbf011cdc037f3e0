import { join } from 'node:path';
import type { WriteStream } from 'node:tty';
import { FORMS } from '../../pipeline/lists/forms.ts';
import { tokenForm } from '../../pipeline/lists/token-form.ts';
import { loadModelStudy } from '../../pipeline/study/load-study.ts';
import { SUBJECTS } from '../../pipeline/subjects/all.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { trainStudySaes } from '../../pipeline/train/train-study-saes.ts';
import { DATA, MINIATURE, tokenizer } from '../miniature/miniature.ts';
import { cpuReader } from '../reader.ts';

/** Features of each SAE. */
export const WIDTH = 32;
export const IDS = ['res_2', 'att_3', 'tc_1'];

const { templates, sampling } = loadModelStudy(join(DATA, 'studies'), 'miniature');
export const study = {
  templates,
  sampling,
  train: {
    seed: 1,
    topics: 3,
    samples: { short: 2, long: 1, plain: 1 },
    maxNewTokens: 20,
    k: 8,
    epochs: 150,
    batch: 128,
    rate: 0.003,
  },
};
export const reader = cpuReader(loadModel(MINIATURE), { batchSize: 8 });
export const form = tokenForm(tokenizer, SUBJECTS.gemma2.chat, FORMS['hyphens-blank']);

/** Train SAEs on the miniature's own answers. @returns what is printed */
export async function train(dir: string, ids: readonly string[] = IDS): Promise<string> {
  const printed: string[] = [];
  const write = (text: string) => printed.push(text);
  const output = { isTTY: false, write } as unknown as WriteStream;
  await trainStudySaes(reader, form, { dir, study, width: WIDTH, ids }, output);
  return printed.join('');
}

if (import.meta.main) await train(process.argv[2]!);
