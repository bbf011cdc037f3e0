import { float32, type Tensor } from '../../graph/tensor.ts';
import { promptFor, type TokenForm } from '../../lists/token-form.ts';
import type { GeneratingProcess } from '../../miniature/generating-process.ts';
import { QUALIFIERS, userRequest } from '../../miniature/qualifiers.ts';
import { isClosing } from '../../miniature/topics.ts';
import type { Sae } from '../../sae/sae.ts';
import type { LiveArray, LiveModel, LivePrompt } from '../../schema/live.ts';
import { TEMPLATES } from '../../schema/templates.ts';
import { topicId } from '../../schema/topic-id.ts';
import type { Tokenizer } from '../../sources/formats/tokenizer.ts';
import { userMessage } from '../../study/message.ts';
import type { Settings } from '../../study/study.ts';
import type { BaselineSetting } from '../baselines/setting.ts';
import type { SteeringCell } from '../baselines/vectors.ts';
import { weightsFile } from './graphs.ts';

export function settingPart({ study, reader, form }: BaselineSetting): LiveModel['setting'] {
  const { model, uncounted } = reader;
  const { marker, newlineAgain } = markedTokens(form);
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
    marker,
    itemEnd: form.events.item.end,
    itemAgain: form.events.item.again,
    newlineEnd: form.events.newline.end,
    newlineAgain,
    uncounted,
    weights: weightsFile(model),
  };
}

/** What a reader's browser parses lists by. @throws where items have no marker that is the same token before each */
function markedTokens({ listForm: { layout }, events }: TokenForm) {
  const newlineAgain = events.newline.again(0);
  if (layout.by === 'marker' && newlineAgain !== null)
    return { marker: layout.marker, newlineAgain };
  throw new Error(
    `lists with items set apart by ${layout.by} are not read in a browser: choose a form with a marker, such as hyphens-turn`,
  );
}

/** [id]: the text of each token. */
export const vocabularyPart = ({ vocabSize, token }: Tokenizer): string[] =>
  Array.from({ length: vocabSize }, (_, id) => token(id));

/** The prompt of every topic with every word of the training corpus: the study's own, for the words of its templates. */
export const promptsPart = (
  { topics, templates }: Pick<Settings, 'topics' | 'templates'>,
  form: TokenForm,
): LivePrompt[] =>
  topics.flatMap((topic) =>
    QUALIFIERS.map((word): LivePrompt => {
      const template = TEMPLATES.find((known) => known === word.name);
      const message =
        template === undefined ? userRequest(word, topic) : userMessage(templates[template], topic);
      const text = template === undefined ? word.text : (templates[template].qualifier ?? '');
      const ids = promptFor(message, form);
      const place = text === '' ? -1 : ids.indexOf(form.tokenizer.id(text));
      const wordPos = place < 0 ? null : place;
      return { topic, topicId: topicId(topic), word: word.name, ids, wordPos };
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

/** @throws where the layer has no vector */
export function steeringPart(
  cell: SteeringCell,
  layer: number,
  { strengths }: Settings['baselines'],
): LiveModel['steering'] {
  const vector = cell.vectors.get('steering_item_end')?.[layer]?.vector;
  if (vector === undefined) throw new Error(`no steering vector of layer ${layer}: name another`);
  return { layer, strengths, vector: arrayPart(float32(vector, [vector.length])) };
}

const arrayPart = ({ dims, data }: Tensor<Float32Array>): LiveArray => ({
  dims,
  base64: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
});
