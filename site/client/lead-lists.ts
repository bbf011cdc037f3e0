import {
  endInWords,
  endsInWords,
  type LeadColumn,
  type LeadList,
  lengthInWords,
  MOST_ITEMS,
} from '../lib/lead/lead.ts';
import { fetchJson } from './fetch-file.ts';

/** A list, and where its dot stands in the strip. */
type Placed = LeadList & { readonly dot: readonly [x: number, y: number] };

/** Another of the study's lists in the place of the one that the page came with. */
class LeadLists extends HTMLElement {
  private lists: readonly Placed[] | null = null;
  private at = -1;

  connectedCallback(): void {
    const button = this.querySelector('button')!;
    button.classList.remove('waiting');
    button.addEventListener('click', () => void this.another());
  }

  private async another(): Promise<void> {
    this.lists ??= await fetchJson<Placed[]>(this.dataset.lists!);
    const step = 1 + Math.floor(Math.random() * (this.lists.length - 1));
    this.at = (Math.max(this.at, 0) + step) % this.lists.length;
    this.show(this.lists[this.at]!);
  }

  private show({ topic, columns, dot }: Placed): void {
    this.querySelector('[data-topic]')!.textContent = topic;
    this.querySelectorAll('.lead-columns section').forEach((section, i) => {
      const column = columns[i]!;
      section.querySelector('[data-length]')!.textContent = lengthInWords(column);
      section.querySelector('ol')!.replaceChildren(...column.items.map((_, j) => item(column, j)));
      const rest = column.items.length - MOST_ITEMS;
      const count = section.querySelector<HTMLElement>('.rest-count')!;
      count.hidden = rest <= 0;
      count.textContent = `and ${rest} more`;
      const tick = section.querySelector('.tick')!;
      tick.classList.toggle('cut', !column.ended);
      tick.querySelector('span')!.textContent = endInWords(column);
    });
    const ring = this.querySelector('.ring')!;
    const axis = Number(this.querySelector('.axis')!.getAttribute('y1'));
    ring.setAttribute('cx', String(dot[0]));
    ring.setAttribute('cy', String(axis - dot[1]));
  }
}

function item({ items, ends }: LeadColumn, at: number): HTMLLIElement {
  const line = document.createElement('li');
  line.classList.toggle('rest', at >= MOST_ITEMS);
  line.append(made('pill', items[at]!));
  const end = ends?.[at];
  if (end !== undefined) {
    const bars = made('ends');
    bars.role = 'img';
    bars.ariaLabel = endsInWords(end);
    for (const [i, name] of ['own', 'other'].entries()) {
      const bar = made(name);
      bar.style.setProperty('--p', end[i]!.toFixed(4));
      bars.append(bar);
    }
    line.append(bars);
  }
  return line;
}

function made(className: string, text = ''): HTMLSpanElement {
  const span = document.createElement('span');
  span.className = className;
  span.textContent = text;
  return span;
}

customElements.define('lead-lists', LeadLists);
