import {
  COLORS,
  type Color,
  colorClass,
  highestOf,
  scaleOf,
} from '../lib/explorers/token-colors.ts';
import {
  describeToken,
  type Sample,
  splitLines,
  type Token,
  type TopicSamples,
  visible,
} from '../lib/explorers/tokens.ts';
import { walk } from './walk.ts';

const NOTHING = 'The end of this list is not attributed to its tokens.';

/** Fields of the form, each narrowing what the ones after it offer. */
const FIELDS = ['template', 'temperature', 'replicate'] as const;

/** Pick a list and read it token by token; the choice stands in the page's address. */
class SampleExplorer extends HTMLElement {
  private readonly topics = new Map<string, Promise<TopicSamples>>();
  private form!: HTMLFormElement;
  private readout!: HTMLElement;

  async connectedCallback(): Promise<void> {
    this.form = this.querySelector('form')!;
    this.readout = this.querySelector('.readout')!;
    this.form.addEventListener('change', () => void this.show(this.chosen(), true));
    window.addEventListener('popstate', () => void this.show(fromAddress(), false));
    const tokens = this.querySelector<HTMLElement>('.tokens')!;
    tokens.addEventListener('keydown', walk);
    for (const event of ['focusin', 'mouseover'])
      tokens.addEventListener(event, ({ target }) => this.read(target as HTMLElement));
    await this.show(fromAddress(), false);
    this.form.hidden = false;
    this.dataset.state = 'live';
  }

  /** Show the sample nearest to what is asked for. */
  private async show(asked: URLSearchParams, push: boolean): Promise<void> {
    const topic = this.select('topic');
    const names = [...topic.options].map(({ value }) => value);
    topic.value = names.includes(asked.get('topic') ?? '') ? asked.get('topic')! : names[0]!;
    const color = this.select('color');
    color.value = (asked.get('color') ?? '') in COLORS ? asked.get('color')! : 'entropy';
    const { samples } = await this.load(topic.value);
    let left: readonly Sample[] = samples;
    for (const field of FIELDS) {
      const values = [...new Set(left.map((sample) => String(sample[field])))];
      const value = pick(values, asked.get(field), this.dataset[field]);
      this.offer(field, values, value);
      if (field === 'replicate') this.markLooping(left);
      left = left.filter((sample) => String(sample[field]) === value);
    }
    this.render(left[0]!);
    if (push) history.pushState(null, '', `?${this.chosen()}`);
  }

  private render({ id, followed, loops, prompt, tokens }: Sample): void {
    const color = this.select('color').value as Color;
    const highest = highestOf(color, tokens, Number(this.dataset.highest));
    this.renderScale(color, highest);
    this.renderLinks(id, followed);
    this.querySelector<HTMLElement>('.loops')!.hidden = !loops;
    this.querySelector('.prompt')!.lastChild!.textContent = ` ${prompt}`;
    const lines = splitLines(tokens).map((line) => {
      const row = document.createElement('div');
      row.className = 'line';
      row.append(...line.map((token) => tokenButton(token, color, highest)));
      return row;
    });
    const list = this.querySelector('.tokens')!;
    list.replaceChildren(...lines);
    list.querySelector<HTMLElement>('.token')!.tabIndex = 0;
  }

  private renderScale(color: Color, highest: number): void {
    const scale = this.querySelector<HTMLElement>('.scale')!;
    const { label, unit } = COLORS[color];
    const steps = scaleOf(color, highest);
    const [first, last] = [steps.at(0)?.words, steps.at(-1)?.words];
    scale.ariaLabel =
      steps.length === 0 ? NOTHING : `Colour scale: ${label}, from ${first} to ${last}`;
    const shown = [...steps, { className: '', words: steps.length === 0 ? NOTHING : unit }];
    scale.replaceChildren(
      ...shown.map(({ className, words }) =>
        Object.assign(document.createElement('span'), { className, textContent: words }),
      ),
    );
  }

  /** The same list in the views of attribution and of ablation. */
  private renderLinks(id: string, followed: boolean): void {
    const line = this.querySelector<HTMLElement>('.followed')!;
    line.hidden = !followed;
    for (const link of line.querySelectorAll('a'))
      link.setAttribute('href', `${link.pathname}?${new URLSearchParams({ sample: id })}`);
  }

  private read(token: HTMLElement): void {
    const words = token.dataset.words;
    if (words) this.readout.textContent = words;
  }

  private load(topic: string): Promise<TopicSamples> {
    const known =
      this.topics.get(topic) ?? fetchTopic(`${this.dataset.files}${topic}.samples.json`);
    this.topics.set(topic, known);
    return known;
  }

  private offer(field: string, values: readonly string[], value: string): void {
    const shown = field === 'replicate' ? (v: string) => String(Number(v) + 1) : (v: string) => v;
    this.select(field).replaceChildren(
      ...values.map((v) => new Option(shown(v), v, v === value, v === value)),
    );
  }

  /** Say of samples that loop that they do, where they are chosen among. */
  private markLooping(samples: readonly Sample[]): void {
    const looping = samples.filter(({ loops }) => loops).map(({ replicate }) => String(replicate));
    for (const option of this.select('replicate').options)
      if (looping.includes(option.value)) option.text += ', loops';
  }

  private select(field: string): HTMLSelectElement {
    return this.form.elements.namedItem(field) as HTMLSelectElement;
  }

  private chosen(): URLSearchParams {
    return new URLSearchParams(
      [...new FormData(this.form)].map(([field, value]) => [field, String(value)]),
    );
  }
}

const fromAddress = (): URLSearchParams => new URLSearchParams(location.search);

/** What is asked for, else what the page prefers, else the first. */
const pick = (values: readonly string[], asked: string | null, preferred?: string): string =>
  values.find((v) => v === asked) ?? values.find((v) => v === preferred) ?? values[0]!;

async function fetchTopic(url: string): Promise<TopicSamples> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.json();
}

function tokenButton(token: Token, color: Color, highest: number): HTMLButtonElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = colorClass(token, color, highest);
  button.textContent = visible(token.text);
  button.dataset.words = describeToken(token);
  button.tabIndex = -1;
  return button;
}

customElements.define('sample-explorer', SampleExplorer);
