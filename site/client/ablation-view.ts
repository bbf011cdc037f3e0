import {
  type AblatedList,
  type AblatedLists,
  type Arm,
  editsByToken,
  linesOf,
  summaryOf,
} from '../lib/explorers/ablation-view.ts';
import { visible } from '../lib/explorers/tokens.ts';
import { formatNumber } from '../lib/number-format.ts';
import { ListView } from './list-view.ts';

/** A list under every arm, side by side, with what was zeroed. */
class AblationView extends ListView<AblatedLists> {
  protected readonly file = 'ablations';

  protected render(lists: AblatedLists, chosen: Readonly<Record<string, string>>): void {
    const list = lists[chosen.protocol!]?.[chosen.sample!];
    if (list === undefined) throw new Error(`no ablation of ${chosen.sample} by ${chosen.sae}`);
    this.renderKept(list);
    for (const section of this.querySelectorAll<HTMLElement>('[data-arm]')) {
      const written = list.arms[section.dataset.arm as Arm];
      section.querySelector('.small')!.textContent = summaryOf(written);
      section
        .querySelector('ol')!
        .replaceChildren(...linesOf(written).map((line) => element('li', line)));
    }
    this.renderEdits(list, chosen.sae!);
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

  private renderEdits({ kept, ablated }: AblatedList, sae: string): void {
    const rows = ablated.map(([token, feature, act, attribution]) => {
      const row = element('tr', '');
      row.insertCell().append(this.featureLink(sae, feature));
      row.insertCell().textContent = visible(kept[token]!);
      for (const text of [formatNumber(act, '0.00'), formatNumber(attribution ?? 0, '0.000')]) {
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

customElements.define('ablation-view', AblationView);
