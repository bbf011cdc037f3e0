import { decompress } from 'fzstd';
import { parquetReadObjects } from 'hyparquet';
import type { TableCell, TableRow } from '../lib/queries/row-filter.ts';
import { fetchFile } from './fetch-file.ts';

/** All rows of one of the report's Parquet files. */
export async function readParquetFile(url: string): Promise<TableRow[]> {
  const file = await (await fetchFile(url)).arrayBuffer();
  const rows = await parquetReadObjects({
    file,
    compressors: { ZSTD: (input, size) => decompress(input, new Uint8Array(size)) },
  });
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, cellOf(value)])),
  );
}

function cellOf(value: unknown): TableCell {
  if (Array.isArray(value)) return value.map(cellOf);
  if (typeof value === 'bigint') return Number(value);
  return (value ?? null) as TableCell;
}
