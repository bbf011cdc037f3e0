import { formatNumber } from '../lib/number-format.ts';
import { toCsv } from '../lib/queries/csv.ts';
import type { Cell } from '../lib/queries/query.ts';
import {
  cellWords,
  type Filters,
  filterRows,
  type Order,
  shellWord,
  sortRows,
  sqlOf,
  type TableCell,
  type TableRow,
  typeIn,
} from '../lib/queries/row-filter.ts';
import { showControls } from '../lib/text/controls.ts';

/** Rows shown at once. */
const SHOWN = 50;
/** How a column's filter is called in the page's address. */
const WHERE = 'where.';

/** One of the report's Parquet files, read in the browser: to filter, to sort, to take along as CSV. */
class DataExplorer extends HTMLElement {
  private rows: readonly TableRow[] = [];
  private kept: readonly TableRow[] = [];
  private filters: Filters = {};
  private order: Order | null = null;
  private shown = SHOWN;
  private table!: HTMLSelectElement;

  connectedCallback(): void {
    this.table = this.querySelector('select')!;
    this.table.addEventListener('change', () => {
      [this.filters, this.order] = [{}, null];
      void this.open().then(() => this.note());
    });
    this.querySelector('thead')!.addEventListener('input', () => this.choose());
    this.button('.csv').addEventListener('click', () => this.save());
    this.button('.more').addEventListener('click', () => {
      this.shown += SHOWN;
      this.render();
    });
    this.querySelector('form')!.addEventListener('submit', (event) => event.preventDefault());
    window.addEventListener('popstate', () => void this.restore());
    this.querySelector('form')!.hidden = false;
    void this.restore();
  }

  private async restore(): Promise<void> {
    const asked = new URLSearchParams(location.search);
    const names = [...this.table.options].map(({ value }) => value);
    const wanted = asked.get('table') ?? '';
    this.table.value = names.includes(wanted) ? wanted : '';
    const typed = [...asked].filter(([name]) => name.startsWith(WHERE));
    this.filters = Object.fromEntries(
      typed.map(([name, value]) => [name.slice(WHERE.length), value]),
    );
    const column = asked.get('sort');
    this.order = column === null ? null : { column, descending: asked.get('order') === 'down' };
    await this.open();
  }

  /** Read the chosen table and show its rows. */
  private async open(): Promise<void> {
    this.dataset.state = 'loading';
    const asked = this.table.value;
    this.toggleAttribute('data-open', asked !== '');
    if (asked === '') return this.say('Choose a table.', 'live');
    this.say('Reading…');
    try {
      const { readParquetFile } = await import('./parquet-file.ts');
      const rows = await readParquetFile(`${this.dataset.files}${asked}.parquet`);
      if (this.table.value !== asked) return;
      this.rows = rows;
    } catch (error) {
      return this.say(`${asked} could not be read: ${(error as Error).message}`, 'failed');
    }
    this.shown = SHOWN;
    const columns = Object.keys(this.rows[0] ?? {});
    this.filters = Object.fromEntries(
      Object.entries(this.filters).filter(([column]) => columns.includes(column)),
    );
    if (this.order !== null && !columns.includes(this.order.column)) this.order = null;
    this.makeHeads(columns);
    this.render();
    this.dataset.state = 'live';
  }

  /** A button that sorts, and a field that filters, for each column. */
  private makeHeads(columns: readonly string[]): void {
    const heads = columns.map((column) => {
      const head = document.createElement('th');
      head.scope = 'col';
      head.dataset.column = column;
      if (typeIn(this.rows, column) === 'number') head.className = 'number';
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = column;
      button.addEventListener('click', () => this.sortBy(column));
      head.append(button);
      return head;
    });
    const fields = columns.map((column) => {
      const cell = document.createElement('td');
      const field = document.createElement('input');
      field.type = 'search';
      field.name = column;
      field.ariaLabel = `Filter ${column}`;
      field.autocomplete = 'off';
      field.value = this.filters[column] ?? '';
      field.placeholder = PLACEHOLDERS[typeIn(this.rows, column) ?? ''] ?? 'part';
      cell.append(field);
      return cell;
    });
    const [names, filters] = [...this.querySelectorAll('thead tr')];
    names!.replaceChildren(...heads);
    filters!.replaceChildren(...fields);
  }

  /** Up, down, and as the file has them. */
  private sortBy(column: string): void {
    const again = this.order?.column === column;
    if (!again) this.order = { column, descending: false };
    else this.order = this.order!.descending ? null : { column, descending: true };
    this.choose();
  }

  private choose(): void {
    const fields = [...this.querySelectorAll<HTMLInputElement>('thead input')];
    const typed = fields.filter(({ value }) => value.trim() !== '');
    this.filters = Object.fromEntries(typed.map(({ name, value }) => [name, value]));
    this.shown = SHOWN;
    this.render();
    this.note();
  }

  /** The address says what is shown. */
  private note(): void {
    const address = new URLSearchParams();
    if (this.table.value !== '') address.set('table', this.table.value);
    for (const [column, typed] of Object.entries(this.filters))
      address.set(`${WHERE}${column}`, typed);
    if (this.order !== null) {
      address.set('sort', this.order.column);
      address.set('order', this.order.descending ? 'down' : 'up');
    }
    history.replaceState(null, '', `?${address}`);
  }

  private render(): void {
    try {
      this.kept = sortRows(filterRows(this.rows, this.filters), this.order);
    } catch (error) {
      this.say((error as Error).message);
      return;
    }
    const columns = Object.keys(this.rows[0] ?? {});
    const lines = this.kept.slice(0, this.shown).map((row) => lineOf(columns, row));
    this.querySelector('tbody')!.replaceChildren(...lines);
    for (const head of this.querySelectorAll('th')) head.ariaSort = this.sortOf(head);
    const [count, all] = [this.kept.length, this.rows.length].map((n) => formatNumber(n, '0'));
    const first = this.kept.length > lines.length ? `; the first ${lines.length} are shown` : '';
    this.say(`${count} of ${all} rows${first}.`);
    this.button('.more').hidden = this.kept.length <= lines.length;
    this.button('.csv').disabled = this.kept.length === 0;
    const sql = sqlOf(`${this.table.value}.parquet`, this.rows, this.filters, this.order);
    this.querySelector('.command')!.textContent = `duckdb -c ${shellWord(sql)}`;
  }

  private sortOf({ dataset: { column } }: HTMLElement): string {
    if (column !== this.order?.column) return 'none';
    return this.order?.descending ? 'descending' : 'ascending';
  }

  private save(): void {
    const plain = this.kept.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, plainCell(cell)])),
    );
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([toCsv(plain)], { type: 'text/csv' }));
    link.download = `${this.table.value}.csv`;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  private say(words: string, state?: string): void {
    this.querySelector('[role=status]')!.textContent = words;
    if (state !== undefined) this.dataset.state = state;
  }

  private button(selector: string): HTMLButtonElement {
    return this.querySelector(selector)!;
  }
}

const PLACEHOLDERS: Readonly<Record<string, string>> = { number: '>0', boolean: 'true' };

function lineOf(columns: readonly string[], row: TableRow): HTMLTableRowElement {
  const line = document.createElement('tr');
  for (const column of columns) {
    const cell = line.insertCell();
    if (typeof row[column] === 'number') cell.className = 'number';
    cell.textContent = shortened(row[column]!);
  }
  return line;
}

/** A cell of a CSV file: a list is a text there. */
const plainCell = (cell: TableCell): Cell =>
  typeof cell === 'object' && cell !== null ? cellWords(cell) : cell;

/** Long cells are cut in the table; in the CSV they are whole. */
const LONGEST = 120;

function shortened(cell: TableCell): string {
  const words = showControls(cellWords(cell));
  return words.length <= LONGEST ? words : `${words.slice(0, LONGEST)}…`;
}

customElements.define('data-explorer', DataExplorer);
