import type { TemplateName } from '../../../pipeline/schema/templates.ts';
import { PREFIX } from './address.ts';
import type { OwnAsked } from './own-messages.ts';

/** The fields of the form, which the page's address may have. */
const FIELDS = ['topic', 'template', 'draw', 'replicate', 'where'];

/** In the address: the features that are off, joined by this. */
const OFF = 'off';
const BETWEEN = ' ';

const PLACES: Readonly<Record<OwnAsked['where'], string>> = {
  prompt: 'in the prompt',
  everywhere: 'in prompt and list',
};

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
      off: this.#off(),
      where: this.#where(),
    };
  }

  /** Put what the page's address says into the form; what is no choice there stays as it is. */
  fromAddress(): void {
    const address = new URLSearchParams(location.search);
    for (const name of this.#fields()) {
      const [field, asked] = [this.#field(name), address.get(`${PREFIX}${name}`)];
      const before = field.value;
      if (asked !== null) field.value = asked; // a select has no value then, where no option has this one
      if (field.value === '' || !field.checkValidity()) field.value = before;
    }
    const off = (address.get(`${PREFIX}${OFF}`) ?? '').split(BETWEEN);
    for (const each of this.#switches()) each.checked = !off.includes(each.value);
  }

  /** Put what the form says into the page's address: only what differs from the first choice. */
  toAddress(): void {
    const address = new URLSearchParams(location.search);
    for (const name of this.#fields()) {
      const field = this.#field(name);
      const first =
        field instanceof HTMLSelectElement ? field.options[0]!.value : field.defaultValue;
      if (field.value === first) address.delete(`${PREFIX}${name}`);
      else address.set(`${PREFIX}${name}`, field.value);
    }
    const off = this.#off();
    if (off.length === 0) address.delete(`${PREFIX}${OFF}`);
    else address.set(`${PREFIX}${OFF}`, off.join(BETWEEN));
    const search = address.size > 0 ? `?${address}` : '';
    history.replaceState(null, '', `${location.pathname}${search}${location.hash}`);
  }

  /** `short list of Rivers, without res_12_40 in the prompt` */
  name(): string {
    const template = this.#template();
    const off = this.#off();
    const without = off.length === 0 ? '' : `, without ${off.join(', ')} ${PLACES[this.#where()]}`;
    return `${template === 'plain' ? '' : `${template} `}list of ${this.#topic()}${without}`;
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

  /** The fields that the form has: without features it has no place where they are off. */
  #fields(): string[] {
    return FIELDS.filter((name) => this.#root.querySelector(`[name=${name}]`) !== null);
  }

  #switches(): HTMLInputElement[] {
    return [...this.#root.querySelectorAll<HTMLInputElement>('[role=switch]')];
  }

  /** The features that are off. */
  #off(): string[] {
    return this.#switches().flatMap(({ checked, value }) => (checked ? [] : [value]));
  }

  #where(): OwnAsked['where'] {
    const field = this.#root.querySelector<HTMLSelectElement>('[name=where]');
    return field?.value === 'everywhere' ? 'everywhere' : 'prompt';
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
