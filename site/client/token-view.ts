import {
  type AttributedList,
  type AttributedLists,
  featuresAt,
  featuresOfAll,
  largestOf,
  signedStep,
} from '../lib/explorers/attribution-view.ts';
import { visible } from '../lib/explorers/tokens.ts';
import { formatNumber } from '../lib/number-format.ts';
import { ListView } from './list-view.ts';
import { walk } from './walk.ts';

/** Features named at once. */
const NAMED = 15;

/** What a list's end is attributed to, by token and feature. */
class TokenView extends ListView<AttributedLists> {
  protected readonly file = 'attributions';
  private list!: AttributedList;
  private sae!: string;

  override async connectedCallback(): Promise<void> {
    const tokens = this.querySelector<HTMLElement>('.tokens')!;
    tokens.addEventListener('keydown', walk);
    for (const event of ['focusin', 'mouseover'])
      tokens.addEventListener(event, ({ target }) => {
        const { index } = (target as HTMLElement).dataset;
        if (index !== undefined) this.read(Number(index));
      });
    tokens.addEventListener('mouseleave', () => this.readAll());
    await super.connectedCallback();
  }

  protected render(lists: AttributedLists, chosen: Readonly<Record<string, string>>): void {
    const list = lists[chosen.metric!]?.[chosen.sample!];
    if (list === undefined) throw new Error(`no attribution of ${chosen.sample} to ${chosen.sae}`);
    this.list = list;
    this.sae = chosen.sae!;
    const largest = largestOf(list);
    const followed = new Set(this.followedIn(list).map(([token]) => token));
    const buttons = list.tokens.map((token, i) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = `token side${signedStep(list.features[i]!, largest)}`;
      button.classList.toggle('followed', followed.has(i));
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
    this.say(
      `All tokens together: features ${all}, error ${missed}, bias ${constant} logits${this.ofFollowed()}`,
    );
    this.name(featuresOfAll(this.list));
  }

  /** The entries of the feature that is pointed out. */
  private followedIn({ top }: AttributedList): AttributedList['top'] {
    return top.filter(([, feature]) => this.follows(this.sae, feature));
  }

  private ofFollowed(): string {
    if (!this.followed.startsWith(`${this.sae}_`)) return '';
    const entries = this.followedIn(this.list);
    const sum = entries.reduce((total, [, , , attribution]) => total + attribution, 0);
    return entries.length === 0
      ? `. ${this.followed} is not among the largest here`
      : `. ${this.followed}, outlined: ${logits(sum)}`;
  }

  private say(words: string): void {
    this.querySelector('.readout')!.textContent = words;
  }

  private name(features: readonly { feature: number; act: number; attribution: number }[]): void {
    const named = features.filter(({ feature }, i) => i < NAMED || this.follows(this.sae, feature));
    const lines = named.map(({ feature, act, attribution }) => {
      const line = document.createElement('tr');
      line.insertCell().append(this.featureLink(this.sae, feature));
      for (const text of [formatNumber(act, '0.00'), logits(attribution)]) {
        const cell = line.insertCell();
        cell.className = 'number';
        cell.textContent = text;
      }
      return line;
    });
    this.querySelector('tbody')!.replaceChildren(...lines);
  }
}

const logits = (value: number): string => formatNumber(value, '0.000');

customElements.define('token-view', TokenView);
