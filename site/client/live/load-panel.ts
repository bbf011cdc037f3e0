import { formatBytes } from '../../lib/number-format.ts';

/** The button that loads the model, the one that stops it, and how far it is. */
export class LoadPanel {
  readonly #root: HTMLElement;

  constructor(root: HTMLElement) {
    this.#root = root;
  }

  /** Offer to load, or while that is going on to stop it. */
  show(isLoading: boolean): void {
    this.#part('[data-do=load]').hidden = isLoading;
    this.#part('[data-do=cancel]').hidden = !isLoading;
    this.#part('progress').hidden = !isLoading;
  }

  /** @param loaded share of all bytes */
  fill(loaded: number): void {
    this.#root.querySelector('progress')!.value = loaded;
  }

  /** The model is there: show what it is for, in the place of what loads it. */
  giveWay(): void {
    for (const part of this.#root.querySelectorAll<HTMLElement>(
      '.live-controls, .live-tabs, .live-next, .live-where, .live-switch, .live-edits input[type=range], .live-random, .live-steering, .live-cite',
    ))
      part.hidden = false;
    for (const part of ['.live-start', '.live-built']) this.#part(part).hidden = true;
  }

  #part(selector: string): HTMLElement {
    return this.#root.querySelector<HTMLElement>(selector)!;
  }
}

/** How many of all bytes have come, in words. */
export const loadedInWords = (loaded: number, all: number): string =>
  loaded < all
    ? `Loading the model: ${formatBytes(loaded)} of ${formatBytes(all)}`
    : 'Loaded; preparing the graphs';
