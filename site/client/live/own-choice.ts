import type { TemplateName } from '../../../pipeline/schema/templates.ts';
import { PREFIX } from './address.ts';
import type { OwnAsked } from './own-messages.ts';

/** The fields of the form, which the page's address may have. */
const FIELDS = ['topic', 'template', 'draw', 'replicate'];

/** What a reader chose, in the form. */
export class OwnChoice {
  readonly #root: HTMLElement;

  constructor(root: HTMLElement) {
    this.#root = root;
  }

  /** Null where a field has no value that can be asked for: the browser then says so. */
  read(): OwnAsked | null {
    if (!this.#root.querySelector('form')!.reportValidity()) return null;
    const { temperature, tokens } = this.#root.dataset;
    const [topic, template] = [this.#topic(), this.#template()];
    const id = this.#knownId(topic) ?? topic;
    const draws = `${id}_${template}_t${temperature}_${this.#field('replicate').value}`;
    return {
      prompt: { topic, template },
      draws: this.#isDrawn() ? draws : null,
      maxNewTokens: Number(tokens),
    };
  }

  /** Put what the page's address says into the form; what is no choice there stays as it is. */
  fromAddress(): void {
    const address = new URLSearchParams(location.search);
    for (const name of FIELDS) {
      const [field, asked] = [this.#field(name), address.get(`${PREFIX}${name}`)];
      const before = field.value;
      if (asked !== null) field.value = asked; // a select has no value then, where no option has this one
      if (field.value === '' || !field.checkValidity()) field.value = before;
    }
  }

  /** Put what the form says into the page's address: only what differs from the first choice. */
  toAddress(): void {
    const address = new URLSearchParams(location.search);
    for (const name of FIELDS) {
      const field = this.#field(name);
      const first =
        field instanceof HTMLSelectElement ? field.options[0]!.value : field.defaultValue;
      if (field.value === first) address.delete(`${PREFIX}${name}`);
      else address.set(`${PREFIX}${name}`, field.value);
    }
    const search = address.size > 0 ? `?${address}` : '';
    history.replaceState(null, '', `${location.pathname}${search}${location.hash}`);
  }

  /** `short list of Rivers` */
  name(): string {
    const template = this.#template();
    return `${template === 'plain' ? '' : `${template} `}list of ${this.#topic()}`;
  }

  /** The number of a list chooses its draws: without draws it chooses nothing. */
  describe(): void {
    this.#field('replicate').disabled = !this.#isDrawn();
  }

  #topic(): string {
    return this.#field('topic').value.trim();
  }

  #template(): TemplateName {
    return this.#field('template').value as TemplateName;
  }

  #isDrawn(): boolean {
    return this.#field('draw').value === 'drawn';
  }

  /** The id by which the study keys a topic's draws. */
  #knownId(topic: string): string | undefined {
    const options = [...this.#root.querySelectorAll<HTMLOptionElement>('datalist option')];
    return options.find(({ value }) => value === topic)?.dataset.id;
  }

  #field(name: string): HTMLInputElement | HTMLSelectElement {
    return this.#root.querySelector<HTMLInputElement | HTMLSelectElement>(`[name=${name}]`)!;
  }
}
