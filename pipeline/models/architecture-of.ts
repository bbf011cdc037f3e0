import { nameShown } from '../schema/one-line.ts';
import type { Architecture } from './architecture.ts';
import type { ArchitectureRecord } from './architecture-record.ts';
import { decoder } from './decoder.ts';

/**
 * The architecture that a config.json describes.
 * @param path of the file, for the error message
 * @throws where its `model_type` is not the record's, or a field is missing or malformed
 */
export function architectureOf(
  record: ArchitectureRecord,
  config: unknown,
  path: string,
): Architecture {
  const type = Object(config).model_type;
  if (!record.modelTypes.includes(type)) {
    const expected = record.modelTypes.join(' or ');
    throw new Error(
      `${path}: model_type ${nameShown(type)}, expected ${expected}: name the subject of this model`,
    );
  }
  return decoder(record.specOf(config, path));
}
