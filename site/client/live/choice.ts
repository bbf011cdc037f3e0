import type { Asked } from './messages.ts';

/** What a reader chose: in the form, and in the address, where only what differs from the first choice stands. */
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
      topic: this.topic(field('topic').value) ?? this.#root.dataset.topic!,
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

  /** The choice with which the page was built. */
  get first(): Asked {
    return this.#first;
  }

  /** The topic that a reader typed; null where the model does not know it. */
  topic(typed: string): string | null {
    const wanted = typed.trim().toLowerCase();
    return this.topics().find((topic) => topic.toLowerCase() === wanted) ?? null;
  }

  topics(): string[] {
    return [...this.#root.querySelectorAll('datalist option')].map(
      (option) => (option as HTMLOptionElement).value,
    );
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

  /** The choice in an address; what it lacks, or what is no choice, is the first. */
  fromAddress(search: string): Asked {
    const given = new URLSearchParams(search);
    const get = (name: string) => given.get(`${PREFIX}${name}`);
    const number = (name: 'temperature' | 'seed' | 'steering') => {
      const value = Number(get(name) ?? Number.NaN);
      return Number.isFinite(value) ? value : this.#first[name];
    };
    const words = [...this.#root.querySelectorAll<HTMLOptionElement>('[name=word] option')];
    const word = words.find(({ value }) => value === get('word'))?.value;
    return {
      topic: this.topic(get('topic') ?? '') ?? this.#first.topic,
      word: word ?? this.#first.word,
      temperature: number('temperature'),
      seed: number('seed'),
      where: get('where') === 'prompt' ? 'prompt' : 'word',
      factors: Object.fromEntries(
        this.features().flatMap(({ feature }) => {
          const value = Number(get(`f${feature}`) ?? this.#first.factors[feature] ?? 1);
          return value === 1 || !(value >= -1 && value <= 2) ? [] : [[feature, value]];
        }),
      ),
      random: get('random') === '1',
      steering: number('steering'),
    };
  }

  /** What a choice adds to an address, beside what others have there. */
  toAddress(asked: Asked, search: string): string {
    const address = new URLSearchParams(search);
    for (const name of [...address.keys()]) if (name.startsWith(PREFIX)) address.delete(name);
    const set = (name: string, value: string | number) =>
      address.set(`${PREFIX}${name}`, `${value}`);
    for (const name of ['topic', 'word', 'temperature', 'seed', 'where', 'steering'] as const)
      if (asked[name] !== this.#first[name]) set(name, asked[name]);
    for (const { feature } of this.features()) {
      const [now, before] = [asked.factors[feature] ?? 1, this.#first.factors[feature] ?? 1];
      if (now !== before) set(`f${feature}`, now);
    }
    if (asked.random) set('random', 1);
    return String(address);
  }
}

const PREFIX = 'try.';

/** A number within the limits of its field. */
function limited({ value, min, max, defaultValue }: HTMLInputElement): number {
  const number = value === '' ? Number.NaN : Number(value);
  return Number.isFinite(number)
    ? Math.min(Number(max), Math.max(Number(min), number))
    : Number(defaultValue);
}
