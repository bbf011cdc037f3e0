import type { DecoderSpec } from './decoder-spec.ts';

/** How the config.json of one architecture is read. Each architecture has a file in this folder. */
export interface ArchitectureRecord {
  /** Values of `model_type` in config.json. */
  readonly modelTypes: readonly string[];
  /** `import.meta.url` of the architecture's file: results of a study depend on this file, not on other architectures'. */
  readonly source: string;
  /**
   * @param config the parsed config.json
   * @param path of the config.json, for error messages
   * @throws `config.json: head_dim: expected …`, also where a field is unknown or has an unsupported value
   */
  specOf(config: unknown, path: string): DecoderSpec;
  /**
   * Map a tensor's name in a checkpoint to its name in the architecture; null if the architecture does not use it.
   * Left out where the names are the same.
   */
  tensorName?(name: string): string | null;
}
