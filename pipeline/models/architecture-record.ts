import type { DecoderSpec } from './decoder-spec.ts';

/** One architecture: how its config.json is read. A file beside this one holds each. */
export interface ArchitectureRecord {
  /** The `model_type` of its config.json. */
  readonly modelType: string;
  /** `import.meta.url` of its file: a study of a model depends on its own architecture's file, and on no other's. */
  readonly source: string;
  /**
   * @param path of the config.json, for errors
   * @throws `config.json: head_dim: expected …`
   */
  specOf(config: unknown, path: string): DecoderSpec;
}
