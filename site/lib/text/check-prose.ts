import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { type TypedNumber, typedNumbers, unused } from './typed-numbers.ts';

const ALLOWED = 'content/allowed-numbers.yaml';

const Allowed = z.array(z.strictObject({ text: z.string().regex(/\d/), why: z.string().min(1) }));

/**
 * Refuse prose with a typed number: it would stay as it is when the tables change.
 * @param root the project's folder
 * @throws `content/explore.mdx:12:3: Unexpected …` where a file is not MDX
 * @throws `content/explore.mdx:12: a typed number: 35%: take it from a query (<Num>), or, if it is no result, …`
 */
export function checkProse(root: string): void {
  const allowed = Allowed.parse(parse(readFileSync(join(root, ALLOWED), 'utf8')) ?? []);
  const paths = globSync(['content/*.mdx', 'site/figures/*/caption.mdx'], { cwd: root }).sort();
  const files = paths.map((path) => [path, readFileSync(join(root, path), 'utf8')] as const);
  for (const [path, source] of files)
    for (const { line, text } of numbersIn(path, source, allowed))
      throw new Error(
        `${path}:${line}: a typed number: ${text}: take it from a query (<Num>), or, if it is no result, allow it in ${ALLOWED}`,
      );
  const [stale] = unused(
    files.map(([, source]) => source),
    allowed,
  );
  if (stale) throw new Error(`${ALLOWED}: no text has “${stale.text}”: delete its entry`);
}

function numbersIn(path: string, source: string, allowed: z.infer<typeof Allowed>): TypedNumber[] {
  try {
    return typedNumbers(source, allowed);
  } catch (error) {
    throw new Error(`${path}:${(error as Error).message}`);
  }
}
