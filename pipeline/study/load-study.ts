import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { checkConsistency } from './check-study.ts';
import { parseYaml, readStudyText } from './read-study-file.ts';
import { type ModelStudy, ModelStudySchema, ReleasedStudySchema, type Study } from './study.ts';
import { expected, fail, refuseKey } from './study-error.ts';

/** Names of the studies in a folder of YAML files. @throws where there is no such folder */
export function studyNames(dir: string): string[] {
  if (!existsSync(dir)) throw new Error(`${dir}: missing: put the files of studies there`);
  return readdirSync(dir)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => basename(file, '.yaml'))
    .sort();
}

/**
 * Read and validate one study.
 * @throws `unknown study: x (known: …)`
 * @throws `data/studies/x.yaml: sampling.topP: expected number ≤ 1, received 1.4`, one line, the first fault
 */
export function loadStudy(dir: string, name: string): Study {
  const path = join(dir, `${name}.yaml`);
  if (!/^[\w-]+$/.test(name) || !existsSync(path))
    throw new Error(`unknown study: ${name} (known: ${studyNames(dir).join(', ')})`);
  const study = parseStudy(readStudyText(path), path);
  if (study.name !== name) fail(path, ['name'], `"${name}" as the file is called`, study.name);
  return study;
}

/** Parse and validate the text of a study file. @param path of the file, for errors */
export function parseStudy(yaml: string, path: string): Study {
  const read = withEarlierChoices(parseYaml(yaml, path));
  const schema = Object(read).kind === 'original' ? ReleasedStudySchema : ModelStudySchema;
  const keysAt = new Map<string, readonly string[]>();
  const parsed = schema.safeParse(read, { reportInput: true, error: rememberKeys(keysAt) });
  if (!parsed.success) {
    const { issues } = parsed.error;
    const unknown = issues.find((issue) => issue.code === 'unrecognized_keys');
    if (unknown) return refuseKey(unknown, keysAt.get(unknown.path.join()) ?? [], path);
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

/** What every study was about before a study's file chose: a file with neither key is one of then. */
const EARLIER = { subject: 'gemma2', form: 'hyphens-blank' } as const;

function withEarlierChoices(read: unknown): unknown {
  const isEarlier = isRecord(read) && !('subject' in read) && !('form' in read);
  return isEarlier ? { ...EARLIER, ...read } : read;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Keeps the keys that may stand where an unknown one does, which the issue itself does not have. */
const rememberKeys =
  (keysAt: Map<string, readonly string[]>): z.core.$ZodErrorMap =>
  ({ code, path = [], inst }) => {
    if (code === 'unrecognized_keys' && inst instanceof z.ZodObject)
      keysAt.set(path.join(), Object.keys(inst.shape));
    return undefined;
  };
