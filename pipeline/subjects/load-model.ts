import { join } from 'node:path';
import type { ArchitectureRecord } from '../models/architecture-record.ts';
import { type LoadOptions, type Model, openModel, readConfig } from '../models/model.ts';
import { nameShown } from '../schema/one-line.ts';
import { SUBJECTS } from './all.ts';

/**
 * Open a model of any supported architecture, found by the `model_type` of its config.json.
 * @throws as `openModel` does, and if no subject has that architecture
 */
export const loadModel = (dir: string, options: LoadOptions = {}): Model =>
  openModel(dir, architectureIn(dir), options);

/** The architecture of the model in a folder. @throws if no subject has it */
export function architectureIn(dir: string): ArchitectureRecord {
  const type = modelTypeIn(dir);
  const byModelType = new Map<unknown, ArchitectureRecord>(
    Object.values(SUBJECTS).flatMap(({ architecture }) =>
      architecture.modelTypes.map((modelType) => [modelType, architecture] as const),
    ),
  );
  const record = byModelType.get(type);
  if (record) return record;
  throw new Error(
    `${join(dir, 'config.json')}: model_type ${nameShown(type)} is not supported: use a model of one of ${[...byModelType.keys()].join(', ')}`,
  );
}

/** The `model_type` of a folder's config.json, whatever it is. @throws if there is no such file, or it is no JSON */
export const modelTypeIn = (dir: string): unknown =>
  readConfig(join(dir, 'config.json')).model_type;
