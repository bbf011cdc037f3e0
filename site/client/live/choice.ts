import { fromAddress, knownTopic, type Offered, toAddress } from './address.ts';
import type { Asked } from './messages.ts';

/** What a reader chose, in the form. */
export class Choice {
  readonly #root: HTMLElement;
  readonly #first: Asked;

  constructor(root: HTMLElement) {
    this.#root = root;
    this.#first = this.read();
  }

  /** What the form says. */
  read(): Asked {
    const field = (name: string) =>
      this.#root.querySelector<HTMLInputElement | HTMLSelectElement>(`[name=${name}]`)!;
    return {
      topic: knownTopic(field('topic').value, this.topics()) ?? this.#root.dataset.topic!,
      word: field('word').value,
      temperature: limited(field('temperature') as HTMLInputElement),
      seed: Math.round(limited(field('seed') as HTMLInputElement)),
      where: this.#root.querySelector<HTMLInputElement>('[name=where]:checked')!
        .value as Asked['where'],
      factors: Object.fromEntries(
        this.features().flatMap(({ feature, slider }) =>
          slider.value === '1' ? [] : [[feature, Number(slider.value)]],
        ),
      ),
      random: (field('random') as HTMLInputElement).checked,
      steering: Number(field('steering').value),
    };
  }

  /** Put a choice into the form. */
  write(asked: Asked): void {
    const field = (name: string) =>
      this.#root.querySelector<HTMLInputElement | HTMLSelectElement>(`[name=${name}]`)!;
    for (const name of ['topic', 'word', 'temperature', 'seed', 'steering'] as const)
      field(name).value = String(asked[name]);
    (field('random') as HTMLInputElement).checked = asked.random;
    this.#root.querySelector<HTMLInputElement>(`[name=where][value=${asked.where}]`)!.checked =
      true;
    for (const { feature, slider, toggle } of this.features()) {
      slider.value = String(asked.factors[feature] ?? 1);
      toggle.checked = slider.value !== '0';
    }
  }

  /** Put what the page's address says into the form. */
  readAddress(): void {
    this.write(fromAddress(location.search, this.#offered()));
  }

  /** Put what the form says into the page's address. */
  keepInAddress(): void {
    const search = toAddress(this.read(), location.search, this.#offered());
    history.replaceState(null, '', `${location.pathname}${search && `?${search}`}${location.hash}`);
  }

  /** The choice with which the page was built. */
  get first(): Asked {
    return this.#first;
  }

  topics(): string[] {
    return valuesOf(this.#root.querySelectorAll<HTMLOptionElement>('datalist option'));
  }

  features() {
    return [...this.#root.querySelectorAll<HTMLElement>('[data-feature]')].map((row) => ({
      row,
      feature: Number(row.dataset.feature),
      slider: row.querySelector<HTMLInputElement>('input[type=range]')!,
      toggle: row.querySelector<HTMLInputElement>('[role=switch]')!,
      output: row.querySelector('output')!,
    }));
  }

  #offered(): Offered {
    return {
      first: this.#first,
      topics: this.topics(),
      words: valuesOf(this.#root.querySelectorAll<HTMLOptionElement>('[name=word] option')),
      features: this.features().map(({ feature }) => feature),
    };
  }
}

const valuesOf = (options: Iterable<HTMLOptionElement>): string[] =>
  Array.from(options, ({ value }) => value);

/** A number within the limits of its field. */
function limited({ value, min, max, defaultValue }: HTMLInputElement): number {
  const number = value === '' ? Number.NaN : Number(value);
  return Number.isFinite(number)
    ? Math.min(Number(max), Math.max(Number(min), number))
    : Number(defaultValue);
}
