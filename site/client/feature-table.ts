import {
  FEATURE_COLUMNS,
  type FeatureOrder,
  type FeatureRow,
  FIRST_ORDER,
  SHOWN,
  selectRows,
} from '../lib/explorers/feature-list.ts';
import { formatNumber } from '../lib/number-format.ts';
import { type ColumnsOf, toRows } from '../lib/queries/columns.ts';
import { featureName } from './feature-name.ts';
import { fetchJson } from './fetch-file.ts';

/** All features, to sort by a head and to filter; what is chosen stands in the page's address. */
class FeatureTable extends HTMLElement {
  private rows: readonly FeatureRow[] = [];
  private order: FeatureOrder = FIRST_ORDER;
  private shown = SHOWN;
  private form!: HTMLFormElement;
  private more!: HTMLButtonElement;

  async connectedCallback(): Promise<void> {
    this.form = this.querySelector('form')!;
    this.more = this.querySelector('.more')!;
    this.rows = toRows(await fetchJson<ColumnsOf<FeatureRow>>(this.dataset.rows!));
    this.makeHeads();
    this.form.addEventListener('input', () => this.choose());
    this.form.addEventListener('submit', (event) => event.preventDefault());
    this.more.addEventListener('click', () => {
      this.shown += SHOWN;
      this.render();
    });
    window.addEventListener('popstate', () => this.restore());
    this.restore();
    this.form.hidden = false;
    this.dataset.state = 'live';
  }

  /** Heads become buttons that sort; the first click puts the largest number, or the first name, on top. */
  private makeHeads(): void {
    const names = Object.keys(FEATURE_COLUMNS);
    this.querySelectorAll('th').forEach((head, i) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.append(...head.childNodes);
      button.addEventListener('click', () => this.sortBy(names[i]!));
      head.dataset.column = names[i];
      head.replaceChildren(button);
    });
  }

  private sortBy(column: string): void {
    const numeric = typeof this.rows[0]?.[column] === 'number';
    const again = this.order.column === column;
    this.order = { column, descending: again ? !this.order.descending : numeric };
    this.choose();
  }

  private choose(): void {
    this.shown = SHOWN;
    this.render();
    history.replaceState(null, '', `?${this.address()}`);
  }

  private restore(): void {
    const asked = new URLSearchParams(location.search);
    for (const field of this.fields()) field.value = asked.get(field.name) ?? '';
    // A value that is no option leaves a select empty: all.
    for (const select of this.form.querySelectorAll('select'))
      if (select.selectedIndex < 0) select.value = '';
    const column = asked.get('sort');
    this.order =
      column !== null && column in FEATURE_COLUMNS
        ? { column, descending: asked.get('order') !== 'up' }
        : FIRST_ORDER;
    this.render();
  }

  private address(): URLSearchParams {
    const chosen = this.fields().filter(({ value }) => value !== '');
    const address = new URLSearchParams(chosen.map(({ name, value }) => [name, value]));
    address.set('sort', this.order.column);
    address.set('order', this.order.descending ? 'down' : 'up');
    return address;
  }

  private fields(): (HTMLInputElement | HTMLSelectElement)[] {
    return [...this.form.querySelectorAll<HTMLInputElement | HTMLSelectElement>('select, input')];
  }

  private render(): void {
    const value = (name: string) => String(new FormData(this.form).get(name) ?? '');
    const words = value('words').trim().toLowerCase();
    const filter = {
      sae: value('sae'),
      family: value('family'),
      place: value('place'),
      effect: value('effect'),
      words,
    };
    const kept = selectRows(this.rows, filter, this.order);
    const body = kept.slice(0, this.shown).map((row) => this.line(row));
    this.querySelector('tbody')!.replaceChildren(...body);
    for (const head of this.querySelectorAll('th'))
      head.ariaSort =
        head.dataset.column !== this.order.column
          ? 'none'
          : this.order.descending
            ? 'descending'
            : 'ascending';
    const [count, all] = [kept.length, this.rows.length].map((n) => formatNumber(n, '0'));
    const first = kept.length > body.length ? `; the first ${body.length} are shown` : '';
    this.querySelector('[role=status]')!.textContent = `${count} of ${all} features${first}.`;
    this.more.hidden = kept.length <= body.length;
  }

  private line(row: FeatureRow): HTMLTableRowElement {
    const line = document.createElement('tr');
    for (const [column, { format, names }] of Object.entries(FEATURE_COLUMNS)) {
      const cell = line.insertCell();
      const value = row[column]!;
      const text =
        typeof value === 'number' && format ? formatNumber(value, format) : String(value);
      if (typeof value === 'number') cell.className = 'number';
      if (names === 'feature') cell.append(featureName(text));
      else cell.textContent = text;
    }
    return line;
  }
}

customElements.define('feature-table', FeatureTable);
