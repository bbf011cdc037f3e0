import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from './query.ts';
import { type Folders, findResults, type Results } from './results.ts';

/**
 * Refuse results that the report cannot be built from: none, a file missing or altered, a table or column
 * that a figure's query lacks.
 * @param found the studies, or the folders that have them
 * @param say is given a line for every study of which there are published tables
 * @throws the first fault, in one line
 */
export async function checkResults(
  found: Folders | readonly Results[],
  figures: string,
  say: (line: string) => void,
): Promise<void> {
  const studies = 'computed' in found ? findResults(found) : found;
  for (const results of studies) {
    if (results.choice !== null) say(results.choice);
    const database = await openDatabase(results);
    for (const id of readdirSync(figures)) {
      const path = join(figures, id, 'query.sql');
      await database.all(`EXPLAIN ${readFileSync(path, 'utf8')}`).catch((error: Error) => {
        const { study } = results.manifest;
        throw new Error(`study ${study}: ${path}: ${error.message.split('\n')[0]}`);
      });
    }
  }
}
