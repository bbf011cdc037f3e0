import type { ListEntry } from '../lib/explorers/list-index.ts';
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
import { ListPanel } from './list-panel.ts';
import { walk } from './walk.ts';

const NOTHING = 'The end of this list is not attributed to its tokens.';

/** A list as it was written, token by token. */
class WrittenPanel extends ListPanel<TopicSamples, Sample> {
  connectedCallback(): void {
    const tokens = this.querySelector<HTMLElement>('.tokens')!;
    tokens.addEventListener('keydown', walk);
    for (const event of ['focusin', 'mouseover'])
      tokens.addEventListener(event, ({ target }) => this.read(target as HTMLElement));
  }

  protected placeOf({ topic, id }: ListEntry) {
    return { file: `${topic}.samples.json`, within: [id] };
  }

  protected pick({ samples }: TopicSamples, [sample]: readonly string[]): Sample | undefined {
    return samples.find(({ id }) => id === sample);
  }

  protected render({ loops, tokens }: Sample): void {
    const color = this.field('color') as Color;
    const highest = highestOf(color, tokens, Number(this.dataset.highest));
    this.renderScale(color, highest);
    this.querySelector<HTMLElement>('.loops')!.hidden = !loops;
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

  private read({ dataset }: HTMLElement): void {
    if (dataset.words) this.querySelector('.readout')!.textContent = dataset.words;
  }
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

customElements.define('written-panel', WrittenPanel);
