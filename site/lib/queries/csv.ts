import type { Cell, Row } from './query.ts';

/** Rows as CSV (RFC 4180) under the names of their columns; nothing stands for no value. */
export function toCsv(rows: readonly Row[]): string {
  const names = Object.keys(rows[0] ?? {});
  const lines = [names, ...rows.map((row) => names.map((name) => row[name]))];
  return lines.map((cells) => `${cells.map(field).join(',')}\r\n`).join('');
}

function field(value: Cell | undefined): string {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
