import { encodeModel } from '../graph/encode.ts';
import type { ExternalTensor } from '../graph/external-tensor.ts';
import { BYTES, sizeOf } from '../graph/tensor.ts';
import { FORMS } from '../lists/forms.ts';
import { requestWords } from '../lists/request-words.ts';
import { promptFor, type TokenForm, tokenForm } from '../lists/token-form.ts';
import type { Architecture } from '../models/architecture.ts';
import { architectureOf } from '../models/architecture-of.ts';
import type { Model } from '../models/model.ts';
import { externalWeights, FLOAT32 } from '../models/weights.ts';
import type { ModelDims } from '../schema/model-dims.ts';
import { OWN_FILE } from '../schema/own-file.ts';
import type { TemplateName } from '../schema/templates.ts';
import { createTokenizer } from '../sources/formats/create-tokenizer.ts';
import type { FileBytes } from '../sources/formats/file-bytes.ts';
import { contentOf, type GgufContent } from '../sources/formats/gguf/content.ts';
import { readGguf } from '../sources/formats/gguf/header.ts';
import { smollm2 } from '../subjects/smollm2.ts';
import { liveStepGraph } from './step-graph.ts';
import { type SwitchSite, switchedModel } from './switched-model.ts';

/** The model of a reader's own file, as a graph and what it is run with. */
export interface OwnModel {
  readonly dims: ModelDims;
  readonly form: TokenForm;
  /** An ONNX ModelProto: one step of generation, as `liveStepGraph` has it. */
  readonly graph: Uint8Array<ArrayBuffer>;
  /** What the graph's external weights are, under the name that it has for their file: float32, one after the other. */
  readonly weights: { readonly path: string; readonly data: Uint8Array<ArrayBuffer> };
}

/**
 * Read a GGUF file of SmolLM2-135M-Instruct: its weights are dequantised to float32, as the pipeline's own are.
 * @param site where features may be switched; null where none are
 * @param onBytes is told how many bytes of weights there are by now, and will be
 * @throws one line that names the file and what it has: no GGUF file, another model, or one without a chat template
 */
export function readOwnModel(
  file: FileBytes,
  site: Omit<SwitchSite, 'uncounted'> | null,
  onBytes: (done: number, all: number) => void,
): OwnModel {
  const content = contentOf(readGguf(file));
  const architecture = knownArchitecture(content, file.path);
  const form = formOf(content, file.path);
  const { tensors, data } = weightsOf(content, onBytes);
  const model = modelOf(architecture, tensors);
  const switched = site && switchedModel(model, { ...site, uncounted: smollm2.uncounted });
  const graph = encodeModel(liveStepGraph(switched ?? model, {}));
  return { dims: architecture.dims, form, graph, weights: { path: WEIGHTS, data } };
}

/** The prompt of a topic with the study's words. */
export const ownPrompt = (form: TokenForm, topic: string, template: TemplateName): number[] =>
  promptFor(requestWords(form.listForm, template === 'plain' ? '' : `${template} `, topic), form);

/** @throws where the sizes are another model's */
function knownArchitecture({ config }: GgufContent, path: string): Architecture {
  const architecture = architectureOf(smollm2.architecture, config, path);
  const other = Object.entries(OWN_FILE.dims).find(
    ([name, size]) => architecture.dims[name as keyof ModelDims] !== size,
  );
  if (other === undefined) return architecture;
  const [name, size] = other;
  throw new Error(
    `${path}: ${SIZES[name as keyof ModelDims]} ${architecture.dims[name as keyof ModelDims]}, and ${OWN_FILE.model} has ${size}: choose a file of that model`,
  );
}

const SIZES: Readonly<Record<keyof ModelDims, string>> = {
  nLayers: 'number of layers',
  nHeads: 'number of heads',
  nKeyValueHeads: 'number of key-value heads',
  dModel: 'width',
  dHead: 'width of a head',
  dMlp: 'width of the MLP',
  dVocab: 'number of tokens',
};

/** @throws where the file has no chat template, as that of the base model */
function formOf({ tokenizer }: GgufContent, path: string): TokenForm {
  const made = createTokenizer({
    dir: path,
    description: tokenizer.tokenizer,
    config: tokenizer.config,
    templateFile: () => null,
    map: () => ({}),
  });
  const form = tokenForm(made, smollm2.chat, FORMS[OWN_FILE.form]);
  form.emptyPrompt();
  return form;
}

/** The name that the graph has for the file of its weights. */
const WEIGHTS = 'weights';

/** All weights as one block of float32, and where in it each is. */
function weightsOf(
  { tensors }: GgufContent,
  onBytes: (done: number, all: number) => void,
): { tensors: Map<string, ExternalTensor>; data: Uint8Array<ArrayBuffer> } {
  const all = tensors.reduce((sum, { dims }) => sum + sizeOf(dims) * BYTES.float32, 0);
  const data = new Uint8Array(all);
  const placed = new Map<string, ExternalTensor>();
  let done = 0;
  for (const { name, dims, parts } of tensors) {
    const offset = done;
    for (const part of parts()) {
      data.set(part, done);
      done += part.byteLength;
    }
    placed.set(name, { file: WEIGHTS, offset, bytes: done - offset, dtype: 'float32', dims });
    onBytes(done, all);
  }
  return { tensors: placed, data };
}

const modelOf = (
  architecture: Architecture,
  tensors: ReadonlyMap<string, ExternalTensor>,
): Model => ({
  ...architecture,
  dir: '',
  checkpoint: { dir: '', tensors },
  load: (graph, dtype = 'float32') => externalWeights(graph, tensors, FLOAT32, dtype),
});
