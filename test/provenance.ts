/** Provenance of a manifest that a test writes. */
export const PROVENANCE = {
  study: 'miniature',
  kind: 'miniature',
  model_kind: 'instruct',
  form: {
    name: 'hyphens-blank',
    request: 'chat',
    examples: 0,
    events: {
      item: { end: ' ', again: '\n' },
      newline: { end: '<end_of_turn>', again: '-' },
    },
  },
  config_hash: 'c',
  seed: 1,
  bootstrap: { resamples: 2000, confidence: 0.95 },
  model: 'm',
  model_revision: 'r',
  sae_release: null,
  sae_revision: null,
  code_version: 'v',
  runtime: 'onnxruntime-node 1',
  provider: 'cpu',
  machine: '2 cores (x), 8 GiB',
  date: '2026-01-01T00:00:00.000Z',
} as const;
