import { formatNumber } from '../../lib/number-format.ts';
import type { Choice } from './choice.ts';
import type { Report } from './messages.ts';

/** The sliders and switches of features, the random features in their place, and the strength of steering. */
export class EditsPanel {
  readonly #root: HTMLElement;
  readonly #choice: Choice;

  constructor(root: HTMLElement, choice: Choice) {
    this.#root = root;
    this.#choice = choice;
  }

  /** Say of each feature how active it is at the word, and which random ones are edited. */
  showActivations({ activations, features }: Extract<Report, { kind: 'edits' }>): void {
    for (const { row, feature, slider, output } of this.#choice.features()) {
      const activation = activations[feature] ?? 0;
      row.classList.toggle('inactive', activation === 0);
      row.dataset.activation = String(activation);
      output.textContent =
        activation === 0 ? 'not active here' : factorWords(Number(slider.value), activation);
      slider.ariaValueText = output.textContent;
    }
    const random = this.#field('random');
    random.closest<HTMLElement>('.live-random')!.title = random.checked
      ? `at zero: ${features.join(', ')}`
      : '';
  }

  /** Say beside each slider what it stands at. */
  describe(): void {
    for (const { slider, output, row } of this.#choice.features()) {
      const activation = Number(row.dataset.activation ?? 0);
      if (activation > 0) output.textContent = factorWords(Number(slider.value), activation);
      slider.ariaValueText = output.textContent;
    }
    const steering = this.#field('steering');
    const words = `${formatNumber(Number(steering.value), '0.00')} of the residual stream’s norm`;
    this.#root.querySelector('.live-steering output')!.textContent = words;
    steering.ariaValueText = words;
  }

  /** A switch sets a feature to zero, or back to its activation; a slider moves its switch. */
  follow(moved: HTMLElement): void {
    for (const { slider, toggle } of this.#choice.features()) {
      if (moved === toggle) slider.value = toggle.checked ? '1' : '0';
      if (moved === slider) toggle.checked = slider.value !== '0';
    }
  }

  #field(name: 'random' | 'steering'): HTMLInputElement {
    return this.#root.querySelector<HTMLInputElement>(`[name=${name}]`)!;
  }
}

/** `0 × 5.10, off` */
export function factorWords(factor: number, activation: number): string {
  const words = `${formatNumber(factor)} × ${formatNumber(activation, '0.00')}`;
  return factor === 0 ? `${words}, off` : factor === 1 ? `${words}, as it is` : words;
}
