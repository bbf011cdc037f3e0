/** What stands beside the id of each feature that has a card: its label, or nothing. */
type Labels = Readonly<Record<string, string>>;

/** A feature's id; with its label, and leading to its card, once it is known to have one. */
class FeatureName extends HTMLElement {
  async connectedCallback(): Promise<void> {
    const id = this.textContent!;
    const label = (await labels())[id];
    if (label === undefined || this.querySelector('a') !== null) return;
    const link = document.createElement('a');
    link.href = cardOf(id);
    link.textContent = id;
    if (this.hasAttribute('data-followed')) link.ariaCurrent = 'true';
    this.replaceChildren(link, ...(label === '' ? [] : [' ', labelled(label)]));
  }
}

/** @param followed whether the address points the feature out */
export function featureName(id: string, followed = false): HTMLElement {
  const name = document.createElement('feature-name');
  name.textContent = id;
  name.toggleAttribute('data-followed', followed);
  return name;
}

/** Lead to a feature's card, or to its line of the table where it has none. */
export async function openFeature(id: string): Promise<void> {
  const hasCard = (await labels())[id] !== undefined;
  open(hasCard ? cardOf(id) : `${features}table/?words=${id}`, '_top');
}

const { cards, features } = document.body.dataset;
const cardOf = (id: string): string => `${features}${id}/`;

let loaded: Promise<Labels> | undefined;

function labels(): Promise<Labels> {
  loaded ??= fetch(cards!).then((response) => (response.ok ? response.json() : {}));
  return loaded;
}

function labelled(label: string): HTMLSpanElement {
  const span = document.createElement('span');
  span.className = 'label';
  span.textContent = label;
  return span;
}

customElements.define('feature-name', FeatureName);
