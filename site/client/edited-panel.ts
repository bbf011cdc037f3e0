import {
  type AblatedList,
  type AblatedLists,
  type Arm,
  addedBy,
  editsByToken,
  linesOf,
  type MeanEffects,
  summaryOf,
} from '../lib/explorers/ablation-view.ts';
import type { ListEntry } from '../lib/explorers/list-index.ts';
import { visible } from '../lib/explorers/tokens.ts';
import { formatNumber, formatSmall } from '../lib/number-format.ts';
import { featureName } from './feature-name.ts';
import { ListPanel } from './list-panel.ts';

/** A list under every arm, side by side, with what was zeroed. */
class EditedPanel extends ListPanel<AblatedLists, AblatedList> {
  protected placeOf({ id }: ListEntry) {
    return { file: `${this.field('sae')}.ablations.json`, within: [this.field('protocol'), id] };
  }

  protected pick(lists: AblatedLists, [protocol, sample]: readonly string[]) {
    return lists[protocol!]?.[sample!];
  }

  protected render(list: AblatedList): void {
    const effects = JSON.parse(this.querySelector('.effects')!.textContent) as MeanEffects;
    const mean = effects[this.field('protocol')]?.[this.field('sae')];
    this.querySelector('.added strong')!.textContent = addedBy(list, 'ablated');
    this.querySelector('.by-chance')!.textContent = addedBy(list, 'random');
    this.querySelector('.mean-effect')!.textContent = mean ?? '';
    this.renderKept(list);
    for (const section of this.querySelectorAll<HTMLElement>('[data-arm]')) {
      const written = list.arms[section.dataset.arm as Arm];
      section.querySelector('.small')!.textContent = summaryOf(written);
      section
        .querySelector('ol')!
        .replaceChildren(...linesOf(written).map((line) => element('li', line)));
    }
    this.renderEdits(list);
  }

  private renderKept({ kept, ablated }: AblatedList): void {
    const edited = editsByToken(ablated);
    const tokens = kept.map((token, i) => {
      const span = element('span', visible(token));
      span.className = edited.has(i) ? 'kept-token edited' : 'kept-token';
      return span;
    });
    this.querySelector('.kept')!.replaceChildren(...tokens);
  }

  private renderEdits({ kept, ablated }: AblatedList): void {
    const rows = ablated.map(([token, feature, act, attribution]) => {
      const row = element('tr', '');
      const id = `${this.field('sae')}_${feature}`;
      row.insertCell().append(featureName(id, id === this.field('feature')));
      row.insertCell().textContent = visible(kept[token]!);
      for (const text of [formatNumber(act, '0.00'), formatSmall(attribution ?? 0)]) {
        const cell = row.insertCell();
        cell.className = 'number';
        cell.textContent = text;
      }
      return row;
    });
    this.querySelector('tbody')!.replaceChildren(...rows);
  }
}

function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  text: string,
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

customElements.define('edited-panel', EditedPanel);
