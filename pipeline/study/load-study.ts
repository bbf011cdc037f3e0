import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse, YAMLParseError } from 'yaml';
import { checkConsistency } from './check-study.ts';
import { type ModelStudy, ModelStudySchema, ReleasedStudySchema, type Study } from './study.ts';
import { expected, fail, refuseKey } from './study-error.ts';

/** Names of the studies in a folder of YAML files. */
export const studyNames = (dir: string): string[] =>
  readdirSync(dir)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => basename(file, '.yaml'))
    .sort();

/**
 * Read and validate one study.
 * @throws `unknown study: x (known: …)`
 * @throws `data/studies/x.yaml: sampling.topP: expected number ≤ 1, received 1.4`, one line, the first fault
 */
export function loadStudy(dir: string, name: string): Study {
  const path = join(dir, `${name}.yaml`);
  if (!/^[\w-]+$/.test(name) || !existsSync(path))
    throw new Error(`unknown study: ${name} (known: ${studyNames(dir).join(', ')})`);
  const study = parseStudy(readFileSync(path, 'utf8'), path);
  if (study.name !== name) fail(path, ['name'], `"${name}" as the file is called`, study.name);
  return study;
}

/** Parse and validate the text of a study file. @param path of the file, for errors */
export function parseStudy(yaml: string, path: string): Study {
  const read = readYaml(yaml, path);
  const original = Object(read).kind === 'original';
  const schema = original ? ReleasedStudySchema : ModelStudySchema;
  const parsed = schema.safeParse(read, { reportInput: true });
  if (!parsed.success) {
    const { issues } = parsed.error;
    const unknown = issues.find((issue) => issue.code === 'unrecognized_keys');
    if (unknown) return refuseKey(unknown, path);
    return fail(path, issues[0]!.path, expected(issues[0]!), issues[0]!.input);
  }
  if (parsed.data.kind !== 'original') checkConsistency(parsed.data, path);
  return parsed.data;
}

/** Read and validate a study that runs a model. @throws also if it is a study of released data */
export function loadModelStudy(dir: string, name: string): ModelStudy {
  const study = loadStudy(dir, name);
  if (study.kind !== 'original') return study;
  throw new Error(`study ${name} has no model: name one that runs a model`);
}

function readYaml(yaml: string, path: string): unknown {
  try {
    return parse(yaml);
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw new Error(`${path}: not YAML: ${error.message.split('\n')[0]}`);
  }
}
