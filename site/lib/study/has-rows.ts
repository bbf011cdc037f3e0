import type { Manifest } from '../../../pipeline/schema/manifest.ts';

/** Whether a study has a table with at least one row. */
export const hasRows = ({ files }: Pick<Manifest, 'files'>, table: string): boolean =>
  Object.values(files).some((file) => file.table === table && file.rows > 0);
