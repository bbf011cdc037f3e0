import type { DecoderSpec } from './decoder-spec.ts';

/** How the config.json of one architecture is read. Each architecture has a file in this folder. */
export interface ArchitectureRecord {
  /** The `model_type` in config.json. */
  readonly modelType: string;
  /** `import.meta.url` of the architecture's file: results of a study depend on this file, not on other architectures'. */
  readonly source: string;
  /**
   * @param config the parsed config.json
   * @param path of the config.json, for error messages
   * @throws `config.json: head_dim: expected …`
   */
  specOf(config: unknown, path: string): DecoderSpec;
}
