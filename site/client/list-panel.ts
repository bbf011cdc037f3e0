import type { ListEntry } from '../lib/explorers/list-index.ts';
import { fetchJson } from './fetch-file.ts';

/**
 * One side of a list. Its form chooses what it shows of the list; the list itself is chosen for all sides together. What
 * the page opens with is written in it; everything else is in files, which are fetched when they are asked for.
 */
export abstract class ListPanel<File, Shown> extends HTMLElement {
  /** The file that has what is chosen, and what is chosen of it. */
  protected abstract placeOf(list: ListEntry): { file: string; within: readonly string[] };
  protected abstract pick(file: File, within: readonly string[]): Shown | undefined;
  protected abstract render(shown: Shown, list: ListEntry): void;
  private readonly files = new Map<string, Promise<File>>();
  private last = '';

  /** Show a list; what else is asked for is chosen in the form, as far as it offers it. */
  async show(list: ListEntry, asked: URLSearchParams): Promise<void> {
    for (const field of this.fields) choose(field, asked.get(field.name));
    const { file, within } = this.placeOf(list);
    const place = [file, ...within].join(' ');
    this.last = place;
    const shown = this.opening(place) ?? this.pick(await this.load(file), within);
    // Another may have been chosen while the file was on its way.
    if (this.last !== place) return;
    if (shown === undefined) throw new Error(`nothing of ${place}`);
    this.render(shown, list);
    this.querySelector('form')?.classList.remove('waiting');
  }

  /** What is chosen here, as an address has it. */
  get chosen(): [string, string][] {
    return this.fields.flatMap(({ name, value }) => (value === '' ? [] : [[name, value]]));
  }

  protected field(name: string): string {
    return this.fields.find((field) => field.name === name)?.value ?? '';
  }

  private get fields(): (HTMLSelectElement | HTMLInputElement)[] {
    return [...this.querySelectorAll<HTMLSelectElement | HTMLInputElement>('select, input')];
  }

  /** What the page opens with, where that is asked for. */
  private opening(place: string): Shown | undefined {
    const written = this.querySelector<HTMLScriptElement>('script[data-place]');
    if (written?.dataset.place !== place) return undefined;
    return JSON.parse(written.textContent) as Shown;
  }

  private load(file: string): Promise<File> {
    const known = this.files.get(file) ?? fetchJson<File>(`${this.dataset.files}${file}`);
    this.files.set(file, known);
    return known;
  }
}

/** Choose what is asked for; where nothing, or nothing that the field offers, is, what it opens with. */
function choose(field: HTMLSelectElement | HTMLInputElement, value: string | null): void {
  if (field instanceof HTMLInputElement) {
    field.value = value ?? '';
    return;
  }
  const options = [...field.options];
  const chosen =
    options.find((option) => option.value === value) ??
    options.find(({ defaultSelected }) => defaultSelected) ??
    options[0];
  if (chosen) chosen.selected = true;
}
