import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import type { Resource } from '../engine/resource.ts';
import { ARMS } from '../schema/ablation-columns.ts';
import { METHODS } from '../schema/baseline-columns.ts';
import { readForeignText } from '../schema/foreign-file.ts';
import { oneLine } from '../schema/one-line.ts';
import { sha256 } from '../schema/sha256.ts';
import { writeText } from '../schema/write-text.ts';
import { parseForeignYaml } from '../study/foreign-yaml.ts';
import { saeId } from '../study/study.ts';
import { line, trimmed } from '../study/values.ts';

/** What is expected of one edit, before the lists of a study are edited. */
export type Prediction = z.infer<typeof Prediction>;
const Prediction = z
  .strictObject({
    id: trimmed,
    /** Columns of the row of `ablation_effects` or `baseline_effects` that it is about. */
    of: z.union(
      [
        z.strictObject({ sae_id: line, arm: z.enum(['ablated', 'substituted']) }),
        z.strictObject({
          method: z.enum(METHODS),
          layer: z.int().nullable(),
          strength: z.number().nullable(),
        }),
      ],
      { error: 'expected sae_id and arm, or a method with layer and strength' },
    ),
    metric: z.enum(['n_items', 'forced_metric']),
    low: z.number(),
    high: z.number(),
    /** The arm that it is compared with; null for none. */
    control: z.enum(ARMS).nullable(),
    beyondControl: z.boolean().nullable(),
  })
  .refine(({ low, high }) => low <= high, { path: ['high'], error: 'expected no less than low' })
  .refine(({ of, control }) => 'sae_id' in of || control === null, {
    path: ['control'],
    error: 'expected null, as a method has none',
  })
  .refine(({ of, control }) => !('sae_id' in of) || of.arm !== control, {
    path: ['control'],
    error: 'expected another arm than the one that is predicted',
  })
  .refine(({ control, beyondControl }) => (control === null) === (beyondControl === null), {
    path: ['beyondControl'],
    error: 'expected true or false with a control, null without one',
  });

/** What tells the effect of one prediction from others'. */
const aboutOf = ({ of, metric }: Prediction): string =>
  JSON.stringify(
    'sae_id' in of
      ? [of.sae_id, of.arm, metric]
      : [of.method, of.layer, of.strength === null ? null : of.strength + 0, metric],
  );

const File = z.strictObject({
  /** What the predictions were derived from. */
  from: z.string(),
  predictions: z.array(Prediction).superRefine((all, context) => {
    const repeat = all.findIndex(({ id }, i) => all.findIndex((other) => other.id === id) < i);
    if (repeat >= 0)
      context.addIssue({ code: 'custom', path: [repeat, 'id'], message: 'expected each id once' });
    const unknown = all.findIndex(
      ({ of }) => 'sae_id' in of && !saeId.safeParse(of.sae_id).success,
    );
    if (unknown >= 0)
      context.addIssue({
        code: 'custom',
        path: [unknown, 'of', 'sae_id'],
        message: 'expected family_layer, such as res_20',
      });
    const about = all.map(aboutOf);
    const twin = about.findIndex((text, i) => about.indexOf(text) < i);
    if (twin >= 0)
      context.addIssue({
        code: 'custom',
        path: [twin],
        message: `expected each effect once, and ${all[about.indexOf(about[twin]!)]!.id} is of the same`,
      });
  }),
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
  const parsed = File.safeParse(parseForeignYaml(text, { path, remedy: REMEDY }));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(oneLine([path, ...placeOf(issue), issue?.message, REMEDY].join(': ')));
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
