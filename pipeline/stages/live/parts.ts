import type { Tensor } from '../../graph/tensor.ts';
import { promptFor, type TokenForm } from '../../lists/token-form.ts';
import type { GeneratingProcess } from '../../miniature/generating-process.ts';
import { QUALIFIERS, userRequest } from '../../miniature/qualifiers.ts';
import { isClosing } from '../../miniature/topics.ts';
import type { Sae } from '../../sae/sae.ts';
import type { LiveArray, LiveModel, LivePrompt } from '../../schema/live.ts';
import { TEMPLATES } from '../../schema/templates.ts';
import { topicId } from '../../schema/topic-id.ts';
import type { Settings } from '../../study/study.ts';
import type { BaselineSetting } from '../baselines/setting.ts';
import type { SteeringCell } from '../baselines/vectors.ts';
import { weightsFile } from './graphs.ts';

export function settingPart({ study, reader, form }: BaselineSetting): LiveModel['setting'] {
  const { model, uncounted } = reader;
  const { seed, templates, sampling } = study;
  const longest = Math.max(...TEMPLATES.map((template) => templates[template].maxNewTokens));
  const limits = QUALIFIERS.map(({ name }): [string, number] => {
    const template = TEMPLATES.find((known) => known === name);
    return [name, template === undefined ? longest : templates[template].maxNewTokens];
  });
  return {
    dims: model.dims,
    seed,
    temperature: sampling.temperature,
    topP: sampling.topP,
    maxNewTokens: Object.fromEntries(limits),
    stopIds: form.stopIds,
    marker: form.listForm.marker,
    itemEnd: form.events.item.end,
    itemAgain: form.events.item.again,
    newlineEnd: form.events.newline.end,
    newlineAgain: form.events.newline.again,
    uncounted,
    weights: weightsFile(model),
  };
}

/** The prompt of every topic with every word of the training corpus. */
export const promptsPart = (topics: readonly string[], form: TokenForm): LivePrompt[] =>
  topics.flatMap((topic) =>
    QUALIFIERS.map((qualifier) => {
      const ids = promptFor(userRequest(qualifier, topic), form);
      const place = qualifier.text === '' ? -1 : ids.indexOf(form.tokenizer.id(qualifier.text));
      return {
        topic,
        topicId: topicId(topic),
        word: qualifier.name,
        ids,
        wordPos: place < 0 ? null : place,
      };
    }),
  );

export const processPart = ({ topics }: GeneratingProcess): LiveModel['process'] =>
  Object.fromEntries(
    Object.entries(topics).map(([topic, names]) => [
      topic,
      names.map((name, rank) => ({ name, closing: isClosing(rank) })),
    ]),
  );

export const featuresPart = (
  { id, dSae, dOut, params }: Sae,
  labelled: readonly number[],
): LiveModel['features'] => ({
  sae: id,
  dSae,
  dOut,
  labelled,
  params: Object.fromEntries(
    Object.entries(params).map(([name, tensor]) => [name, arrayPart(tensor)]),
  ),
});

/** @throws where no list of the study ended, which gives no vector */
export function steeringPart(
  cell: SteeringCell | undefined,
  layer: number,
  { strengths }: Settings['baselines'],
): LiveModel['steering'] {
  const vector = cell?.vectors.get('steering_item_end')?.[layer]?.vector;
  if (vector === undefined) throw new Error('no steering vector: no list ended after an item');
  const rounded = { dims: [vector.length], dtype: 'float32', data: vector } as const;
  return { layer, strengths, vector: arrayPart(rounded) };
}

const arrayPart = ({ dims, data }: Tensor<Float32Array>): LiveArray => ({
  dims,
  base64: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
});
