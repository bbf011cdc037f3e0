import { float32, type Tensor } from '../graph/tensor.ts';
import type { ActiveFeature } from '../interp/set-features.ts';
import type { SaeParams } from '../sae/sae.ts';
import type { LiveArray, LiveModel, LivePrompt } from '../schema/live.ts';
import { activeFeatures, additionsOf, type EditedSae, type FeatureFactor } from './edits.ts';
import type { RunGraph, Start, WriteOptions } from './write-lists.ts';

/** What a reader changes in the model. */
export interface LiveEdit {
  /** The features that may be set, where they are active. */
  readonly active: readonly ActiveFeature[];
  readonly factors: readonly FeatureFactor[];
  /** Strength of the steering vector, as a share of the residual stream's norm. */
  readonly steering: number;
}

/** A model that is loaded: its parts, and its compiled graphs. */
export interface LoadedModel {
  readonly model: LiveModel;
  readonly sae: EditedSae;
  readonly vector: Float32Array;
  readonly step: RunGraph;
  readonly activations: RunGraph;
}

export const loadedModel = (
  model: LiveModel,
  graphs: Pick<LoadedModel, 'step' | 'activations'>,
): LoadedModel => ({
  model,
  sae: {
    id: model.features.sae,
    dSae: model.features.dSae,
    params: paramsOf(model.features.params),
  },
  vector: arrayOf(model.steering.vector).data,
  ...graphs,
});

/** The prompt of a topic and a word. @throws where the model knows neither */
export function promptOf(
  { prompts }: LiveModel,
  { topic, word }: Pick<LivePrompt, 'topic' | 'word'>,
): LivePrompt {
  const prompt = prompts.find((p) => p.topic === topic && p.word === word);
  if (prompt === undefined)
    throw new Error(`no prompt for a ${word} list of ${topic}: choose one of the page's`);
  return prompt;
}

/** The features that are active at the prompt's word, or anywhere in the prompt. */
export function activeWhere(
  { model, sae, activations }: LoadedModel,
  { ids, wordPos }: LivePrompt,
  where: 'word' | 'prompt',
): Promise<ActiveFeature[]> {
  const { uncounted } = model.setting;
  const all = ids.map((_, pos) => pos).slice(uncounted);
  const positions = where === 'prompt' ? all : wordPos === null ? [] : [wordPos];
  return activeFeatures(activations, sae, { ids, positions });
}

/** Where lists start: at the prompt, with what the edit adds. */
export function startOf(
  { model, sae, vector }: LoadedModel,
  { ids }: LivePrompt,
  edit: LiveEdit | null,
): Start {
  if (edit === null) return { ids, additions: [] };
  const { active, factors, steering } = edit;
  const { uncounted } = model.setting;
  return {
    ids,
    additions: additionsOf(active, factors, { sae, uncounted }),
    steering: steering === 0 ? undefined : vector.map((x) => steering * x),
  };
}

export const writeOptions = (
  { setting, features }: LiveModel,
  { word, temperature }: { readonly word: string; readonly temperature: number },
): WriteOptions => ({
  dims: setting.dims,
  additionWidth: features.dOut,
  seed: setting.seed,
  temperature,
  topP: setting.topP,
  stopIds: setting.stopIds,
  maxNewTokens: setting.maxNewTokens[word]!,
});

/** The bytes of a part in base64. */
export const bytesOf = ({ base64 }: { readonly base64: string }): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));

const arrayOf = ({ dims, base64 }: LiveArray): Tensor<Float32Array> =>
  float32(new Float32Array(bytesOf({ base64 }).buffer), dims);

function paramsOf(params: LiveModel['features']['params']): SaeParams {
  const of = (name: keyof SaeParams) => {
    const array = params[name];
    if (array === undefined) throw new Error(`no ${name} in the part features: build again`);
    return arrayOf(array);
  };
  return {
    W_enc: of('W_enc'),
    b_enc: of('b_enc'),
    W_dec: of('W_dec'),
    b_dec: of('b_dec'),
    threshold: of('threshold'),
  };
}
