import { readFileSync } from 'node:fs';

/** The flags of Node with which `npm run compute` runs. */
export function computeFlags(): string[] {
  const { scripts } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  ) as { scripts: Record<string, string> };
  return scripts.compute!.split(' ').filter((word) => word.startsWith('--'));
}
