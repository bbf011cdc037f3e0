import {
  type AttributedList,
  type AttributedLists,
  featuresAt,
  featuresOfAll,
  largestOf,
  signedStep,
} from '../lib/attribution-view.ts';
import { formatNumber } from '../lib/number-format.ts';
import { visible } from '../lib/tokens.ts';
import { walk } from './walk.ts';

/** Features named at once. */
const NAMED = 15;

/** What a list's end is attributed to, by token and feature; the choice stands in the page's address. */
class TokenView extends HTMLElement {
  private readonly files = new Map<string, Promise<AttributedLists>>();
  private form!: HTMLFormElement;
  private list!: AttributedList;

  async connectedCallback(): Promise<void> {
    this.form = this.querySelector('form')!;
    this.form.addEventListener('change', () => void this.show(this.chosen(), true));
    window.addEventListener('popstate', () => void this.show(fromAddress(), false));
    const tokens = this.querySelector<HTMLElement>('.tokens')!;
    tokens.addEventListener('keydown', walk);
    for (const event of ['focusin', 'mouseover'])
      tokens.addEventListener(event, ({ target }) => {
        const { index } = (target as HTMLElement).dataset;
        if (index !== undefined) this.read(Number(index));
      });
    tokens.addEventListener('mouseleave', () => this.readAll());
    await this.show(fromAddress(), false);
    this.form.hidden = false;
    this.dataset.state = 'live';
  }

  /** Show what is asked for; where it is not there, the first. */
  private async show(asked: URLSearchParams, push: boolean): Promise<void> {
    for (const select of this.form.querySelectorAll('select')) {
      const names = [...select.options].map(({ value }) => value);
      const name = asked.get(select.name) ?? '';
      select.value = names.includes(name) ? name : names[0]!;
    }
    const { sae, metric, sample } = Object.fromEntries(this.chosen()) as Record<string, string>;
    const list = (await this.load(sae!))[metric!]?.[sample!];
    if (list === undefined) throw new Error(`no attribution of ${sample} to ${sae}`);
    this.list = list;
    this.render();
    if (push) history.pushState(null, '', `?${this.chosen()}`);
  }

  private render(): void {
    const { tokens, features } = this.list;
    const largest = largestOf(this.list);
    const buttons = tokens.map((token, i) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = `token side${signedStep(features[i]!, largest)}`;
      button.textContent = visible(token);
      button.dataset.index = String(i);
      button.tabIndex = i === 0 ? 0 : -1;
      return button;
    });
    this.querySelector('.tokens')!.replaceChildren(...buttons);
    this.readAll();
  }

  private read(token: number): void {
    const { tokens, features, error, bias } = this.list;
    const [all, missed, constant] = [features, error, bias].map((of) => logits(of[token]!));
    this.say(
      `“${visible(tokens[token]!)}”: all features ${all}, error ${missed}, bias ${constant} logits`,
    );
    this.name(featuresAt(this.list, token));
  }

  private readAll(): void {
    const { features, error, bias } = this.list;
    const [all, missed, constant] = [features, error, bias].map((of) =>
      logits(of.reduce((a, b) => a + b, 0)),
    );
    this.say(`All tokens together: features ${all}, error ${missed}, bias ${constant} logits`);
    this.name(featuresOfAll(this.list));
  }

  private say(words: string): void {
    this.querySelector('.readout')!.textContent = words;
  }

  private name(features: readonly { feature: number; act: number; attribution: number }[]): void {
    const sae = this.chosen().get('sae');
    const lines = features.slice(0, NAMED).map(({ feature, act, attribution }) => {
      const line = document.createElement('tr');
      const link = document.createElement('a');
      link.textContent = `${sae}_${feature}`;
      link.href = `${this.dataset.features}${link.textContent}/`;
      line.insertCell().append(link);
      for (const text of [formatNumber(act, '0.00'), logits(attribution)]) {
        const cell = line.insertCell();
        cell.className = 'number';
        cell.textContent = text;
      }
      return line;
    });
    this.querySelector('tbody')!.replaceChildren(...lines);
  }

  private load(sae: string): Promise<AttributedLists> {
    const known = this.files.get(sae) ?? fetchFile(`${this.dataset.files}${sae}.attributions.json`);
    this.files.set(sae, known);
    return known;
  }

  private chosen(): URLSearchParams {
    return new URLSearchParams(
      [...new FormData(this.form)].map(([field, value]) => [field, String(value)]),
    );
  }
}

const logits = (value: number): string => formatNumber(value, '0.000');

const fromAddress = (): URLSearchParams => new URLSearchParams(location.search);

async function fetchFile(url: string): Promise<AttributedLists> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.json();
}

customElements.define('token-view', TokenView);
