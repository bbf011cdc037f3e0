import { showControls } from '../text/controls.ts';
import type { Cell, Row } from './query.ts';

/**
 * Rows as CSV (RFC 4180) under the names of their columns; nothing stands for no value. No cell does anything where the file is
 * opened: a text that a spreadsheet would take for a formula has an apostrophe before it, and control characters are shown.
 */
export function toCsv(rows: readonly Row[]): string {
  const names = Object.keys(rows[0] ?? {});
  const lines = [names, ...rows.map((row) => names.map((name) => row[name]))];
  return lines.map((cells) => `${cells.map(field).join(',')}\r\n`).join('');
}

function field(value: Cell | undefined): string {
  const text = typeof value === 'string' ? harmless(value) : String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** What spreadsheets take for the beginning of a formula. */
const FORMULA = /^[=+\-@\t\r]/;

const harmless = (text: string): string => showControls(FORMULA.test(text) ? `'${text}` : text);
