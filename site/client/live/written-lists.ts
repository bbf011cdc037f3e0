import { announceItem } from './announce.ts';
import {
  ARM_NAMES,
  ARMS,
  type Arm,
  type Report,
  type ShownDraw,
  type ShownList,
} from './messages.ts';
import { showDraws, showList } from './show.ts';

/** Both lists as far as they are written, and what their tokens were drawn from. */
export class WrittenLists {
  readonly #root: HTMLElement;
  #lists: Partial<Record<Arm, ShownList>> = {};
  /** What each token of a list was drawn from. */
  #draws: Record<Arm, ShownDraw[]> = { trained: [], edited: [] };

  constructor(root: HTMLElement) {
    this.#root = root;
  }

  /** Lists are written anew; what is shown of them stays until they are. */
  begin(arms: readonly Arm[]): void {
    for (const arm of arms) {
      delete this.#lists[arm];
      this.#draws[arm] = [];
    }
    this.#part('[data-draw]').textContent = 'What the next token is drawn from';
  }

  /** Show a further token of each list. */
  show({ lists, draws }: Extract<Report, { kind: 'step' }>): void {
    for (const arm of ARMS) {
      const list = lists[arm];
      if (list === undefined) continue;
      announceItem(this.#part('[role=log]'), ARM_NAMES[arm], list, this.#lists[arm]);
      this.#lists[arm] = list;
      showList(this.#part(`.live-columns [data-arm=${arm}]`), list, true);
      this.#part(`[data-count=${arm}]`).textContent = String(list.items.length);
    }
    for (const arm of ARMS) if (draws[arm] !== undefined) this.#draws[arm].push(draws[arm]);
    this.#showDraws({ trained: -1, edited: -1 });
  }

  /** What followed an item of a list, and in the other list the item at the same place. @param bar the item's */
  showItem(bar: HTMLElement): void {
    const line = bar.closest('li')!;
    const place = [...line.parentElement!.children].indexOf(line);
    const at: Record<Arm, number> = { trained: -1, edited: -1 };
    for (const arm of ARMS) at[arm] = this.#lists[arm]?.items[place]?.next ?? -1;
    for (const other of this.#root.querySelectorAll('button.stop-bar'))
      other.ariaPressed = String(other === bar);
    this.#showDraws(at);
    this.#part('[data-draw]').textContent =
      `What followed item ${place + 1} (for a shorter list, its last token)`;
  }

  /** Keep the edited list as the ghost of what was. */
  keepGhost(): void {
    this.#ghost(this.#lists.edited?.items.map(({ text }) => text) ?? []);
  }

  forgetGhost(): void {
    this.#ghost([]);
  }

  /** How a list stands; undefined where none of its tokens is there. */
  state(arm: Arm): ShownList['state'] | undefined {
    return this.#lists[arm]?.state;
  }

  /** Items of each list. */
  counts(): Record<Arm, number> {
    const count = (arm: Arm) => this.#lists[arm]?.items.length ?? 0;
    return { trained: count('trained'), edited: count('edited') };
  }

  /** What a token of each list was drawn from; −1 for the last. */
  #showDraws(at: Readonly<Record<Arm, number>>): void {
    const drawn = ARMS.map((arm) => [arm, this.#draws[arm].at(at[arm])] as const);
    showDraws(this.#part('.live-draws'), Object.fromEntries(drawn));
  }

  #ghost(names: readonly string[]): void {
    const ghost = this.#part('.live-ghost');
    ghost.hidden = names.length === 0;
    ghost.textContent = `before, ${names.length}: ${names.join(', ')}`;
  }

  #part(selector: string): HTMLElement {
    return this.#root.querySelector<HTMLElement>(selector)!;
  }
}
