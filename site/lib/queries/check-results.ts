import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from './query.ts';
import { findResults } from './results.ts';

/**
 * Refuse results that the report cannot be built from: none, a file missing or altered, a table or column
 * that a figure's query lacks.
 * @throws the first fault, in one line
 */
export async function checkResults(root: string, figures: string): Promise<void> {
  for (const results of findResults(root)) {
    const database = await openDatabase(results);
    for (const id of readdirSync(figures)) {
      const path = join(figures, id, 'query.sql');
      await database.all(`EXPLAIN ${readFileSync(path, 'utf8')}`).catch((error: Error) => {
        throw new Error(`${path}: ${error.message.split('\n')[0]}`);
      });
    }
  }
}
