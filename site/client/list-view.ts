/**
 * A view of one list and one SAE. Its form chooses both, and more; the choice stands in the page's address, and each
 * SAE is a file of its own.
 */
export abstract class ListView<Lists> extends HTMLElement {
  /** What the files are called: `SAE.file.json`. */
  protected abstract readonly file: string;
  /** Show what is chosen. */
  protected abstract render(lists: Lists, chosen: Readonly<Record<string, string>>): void;
  private readonly files = new Map<string, Promise<Lists>>();
  private form!: HTMLFormElement;

  async connectedCallback(): Promise<void> {
    this.form = this.querySelector('form')!;
    this.form.addEventListener('change', () => void this.show(this.chosen(), true));
    window.addEventListener('popstate', () => void this.show(fromAddress(), false));
    await this.show(fromAddress(), false);
    this.form.hidden = false;
    this.dataset.state = 'live';
  }

  /** A link to a feature's card. */
  protected featureLink(sae: string, feature: number): HTMLAnchorElement {
    const link = document.createElement('a');
    link.textContent = `${sae}_${feature}`;
    link.href = `${this.dataset.features}${link.textContent}/`;
    if (this.follows(sae, feature)) link.ariaCurrent = 'true';
    return link;
  }

  /** The feature that the address points out, by its id; empty where it names none. */
  protected get followed(): string {
    return this.feature.value;
  }

  protected follows(sae: string, feature: number): boolean {
    return this.followed === `${sae}_${feature}`;
  }

  private get feature(): HTMLInputElement {
    return this.form.querySelector<HTMLInputElement>('input[name=feature]')!;
  }

  /** Show what is asked for; where it is not there, the first. */
  private async show(asked: URLSearchParams, push: boolean): Promise<void> {
    for (const select of this.form.querySelectorAll('select')) {
      const names = [...select.options].map(({ value }) => value);
      const name = asked.get(select.name) ?? '';
      select.value = names.includes(name) ? name : names[0]!;
    }
    this.feature.value = asked.get('feature') ?? '';
    const address = this.chosen();
    const chosen = Object.fromEntries(address);
    const lists = await this.load(chosen.sae!);
    // Another may have been chosen while the file was on its way.
    if (String(this.chosen()) !== String(address)) return;
    this.render(lists, chosen);
    if (push) history.pushState(null, '', `?${address}`);
  }

  private load(sae: string): Promise<Lists> {
    const known = this.files.get(sae) ?? fetchFile(`${this.dataset.files}${sae}.${this.file}.json`);
    this.files.set(sae, known as Promise<Lists>);
    return known as Promise<Lists>;
  }

  private chosen(): URLSearchParams {
    return new URLSearchParams(
      [...new FormData(this.form)].flatMap(([field, value]) =>
        value === '' ? [] : [[field, String(value)]],
      ),
    );
  }
}

const fromAddress = (): URLSearchParams => new URLSearchParams(location.search);

async function fetchFile(url: string): Promise<unknown> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.json();
}
