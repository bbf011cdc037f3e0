import { originOf } from '../study/stamp.ts';
import type { Study } from '../study/studies.ts';

/**
 * The tables that a query of the text reads, as `number-sources.ts` takes them: names with blanks between them, and what is
 * published together with the place on the data page that all of it has. Nothing where a query reads none.
 */
export async function tablesRead(study: Study, sql: string): Promise<string | undefined> {
  const { sources, published } = originOf(study, await study.database.tablesOf(sql));
  const names = [
    ...sources.map(({ table }) => table),
    ...published.map(({ table }) => `${table}#published`),
  ];
  return names.length === 0 ? undefined : names.join(' ');
}
