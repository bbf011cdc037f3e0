import {
  type AttributedList,
  type AttributedLists,
  featuresAt,
  featuresOfAll,
  largestOf,
  signedStep,
} from '../lib/explorers/attribution-view.ts';
import type { ListEntry } from '../lib/explorers/list-index.ts';
import { visible } from '../lib/explorers/tokens.ts';
import { formatNumber, formatSmall } from '../lib/number-format.ts';
import { featureName } from './feature-name.ts';
import { ListPanel } from './list-panel.ts';
import { walk } from './walk.ts';

/** Features named at once. */
const NAMED = 15;

/** What a list's end is attributed to, by token and feature. */
class AttributionPanel extends ListPanel<AttributedLists, AttributedList> {
  private list!: AttributedList;

  connectedCallback(): void {
    const tokens = this.querySelector<HTMLElement>('.tokens')!;
    tokens.addEventListener('keydown', walk);
    for (const event of ['focusin', 'mouseover'])
      tokens.addEventListener(event, ({ target }) => {
        const { index } = (target as HTMLElement).dataset;
        if (index !== undefined) this.read(Number(index));
      });
    tokens.addEventListener('mouseleave', () => this.readAll());
  }

  protected placeOf({ id }: ListEntry) {
    return { file: `${this.sae}.${this.field('metric')}.attributions.json`, within: [id] };
  }

  protected pick(lists: AttributedLists, [sample]: readonly string[]) {
    return lists[sample!];
  }

  protected render(list: AttributedList): void {
    this.list = list;
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

  private get sae(): string {
    return this.field('sae');
  }

  private read(token: number): void {
    const { tokens, features, error, bias } = this.list;
    const [all, missed, constant] = [features, error, bias].map((of) => formatSmall(of[token]!));
    this.say(
      `“${visible(tokens[token]!)}”: all features ${all}, error ${missed}, bias ${constant} logits`,
    );
    this.name(featuresAt(this.list, token));
  }

  private readAll(): void {
    const { features, error, bias } = this.list;
    const [all, missed, constant] = [features, error, bias].map((of) =>
      formatSmall(of.reduce((a, b) => a + b, 0)),
    );
    this.say(
      `All tokens together: features ${all}, error ${missed}, bias ${constant} logits${this.ofFollowed()}`,
    );
    this.name(featuresOfAll(this.list));
  }

  /** The entries of the feature that the address points out. */
  private followedIn({ top }: AttributedList): AttributedList['top'] {
    return top.filter(([, feature]) => this.follows(feature));
  }

  private ofFollowed(): string {
    const followed = this.field('feature');
    if (!followed.startsWith(`${this.sae}_`)) return '';
    const entries = this.followedIn(this.list);
    const sum = entries.reduce((total, [, , , attribution]) => total + attribution, 0);
    return entries.length === 0
      ? `. ${followed} is not among the largest here`
      : `. ${followed}, outlined: ${formatSmall(sum)}`;
  }

  private follows(feature: number): boolean {
    return this.field('feature') === `${this.sae}_${feature}`;
  }

  private say(words: string): void {
    this.querySelector('.readout')!.textContent = words;
  }

  private name(features: readonly { feature: number; act: number; attribution: number }[]): void {
    const named = features.filter(({ feature }, i) => i < NAMED || this.follows(feature));
    const lines = named.map(({ feature, act, attribution }) => {
      const line = document.createElement('tr');
      const id = `${this.sae}_${feature}`;
      line.insertCell().append(featureName(id, id === this.field('feature')));
      for (const text of [formatNumber(act, '0.00'), formatSmall(attribution)]) {
        const cell = line.insertCell();
        cell.className = 'number';
        cell.textContent = text;
      }
      return line;
    });
    this.querySelector('tbody')!.replaceChildren(...lines);
  }
}

customElements.define('attribution-panel', AttributionPanel);
