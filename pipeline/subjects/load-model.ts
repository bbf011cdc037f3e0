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
  const path = join(dir, 'config.json');
  const { model_type: type } = readConfig(path);
  const byModelType = new Map<unknown, ArchitectureRecord>(
    Object.values(SUBJECTS).flatMap(({ architecture }) =>
      architecture.modelTypes.map((modelType) => [modelType, architecture] as const),
    ),
  );
  const record = byModelType.get(type);
  if (record) return record;
  throw new Error(
    `${path}: model_type ${nameShown(type)} is not supported: use a model of one of ${[...byModelType.keys()].join(', ')}`,
  );
}
