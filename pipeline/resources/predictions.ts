import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import type { Resource } from '../engine/resource.ts';
import { readForeignText } from '../schema/foreign-file.ts';
import { oneLine } from '../schema/one-line.ts';
import { sha256 } from '../schema/sha256.ts';
import { writeText } from '../schema/write-text.ts';

/** What is expected of one edit, before the lists of a study are edited. */
export type Prediction = z.infer<typeof Prediction>;
const Prediction = z.strictObject({
  id: z.string().min(1),
  /** Columns of the row of `ablation_effects` or `baseline_effects` that it is about. */
  of: z.union([
    z.strictObject({ sae_id: z.string(), arm: z.enum(['ablated', 'substituted']) }),
    z.strictObject({
      method: z.string(),
      layer: z.int().nullable(),
      strength: z.number().nullable(),
    }),
  ]),
  metric: z.enum(['n_items', 'forced_metric']),
  low: z.number(),
  high: z.number(),
  /** The arm that it is compared with; null for none. */
  control: z.string().nullable(),
  beyondControl: z.boolean().nullable(),
});

const File = z.strictObject({
  /** What the predictions were derived from. */
  from: z.string(),
  predictions: z.array(Prediction),
});

/** The predictions of a study, from its file; none where there is no file. */
export function predictionsResource(path: string): Resource<readonly Prediction[]> | null {
  if (!existsSync(path)) return null;
  const text = readForeignText({ path, remedy: REMEDY });
  return {
    content: sha256(text),
    readers: [import.meta.url],
    open: () => parseFile(text, path).predictions,
  };
}

/** @throws one line that names the file and the first fault */
function parseFile(text: string, path: string): z.infer<typeof File> {
  const parsed = File.safeParse(readYaml(text, path));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(oneLine([path, ...placeOf(issue), issue?.message, REMEDY].join(': ')));
}

/** Also of aliases that stand for each other without end, the parser says so. */
function readYaml(text: string, path: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    const [fact] = (cause as Error).message.split('\n');
    throw new Error(oneLine(`${path}: not YAML: ${fact!.replace(/:$/, '')}: ${REMEDY}`), { cause });
  }
}

const placeOf = (issue: z.core.$ZodIssue | undefined): string[] =>
  issue && issue.path.length > 0 ? [issue.path.join('.')] : [];

const REMEDY = 'take back the change, or run "npm run predict" again';

/** Write a study's predictions, to a temporary name that is then renamed. @param from what they were derived from */
export function savePredictions(
  path: string,
  from: string,
  predictions: readonly Prediction[],
): void {
  mkdirSync(dirname(path), { recursive: true });
  const head =
    '# Written by "npm run predict", before the lists of the study were edited; never changed afterwards.\n';
  writeText(path, head + stringify({ from, predictions }));
}
