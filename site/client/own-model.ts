import { formatNumber } from '../lib/number-format.ts';
import { announceItem } from './live/announce.ts';
import type { ShownList } from './live/messages.ts';
import { OwnChoice } from './live/own-choice.ts';
import type { OwnReport } from './live/own-messages.ts';
import { OwnModelWorker } from './live/own-model-worker.ts';
import { showList } from './live/show.ts';

type State = 'idle' | 'loading' | 'ready' | 'running' | 'done' | 'failed';

/** Runs the model of a file that the reader chooses, in a worker, and shows the list that it writes. */
class OwnModelElement extends HTMLElement {
  readonly #model = new OwnModelWorker((report) => this.#told(report));
  #choice!: OwnChoice;
  #list: ShownList | undefined;

  connectedCallback(): void {
    this.#choice = new OwnChoice(this);
    this.#choice.fromAddress();
    this.#choice.describe();
    this.#part('.own-file').classList.remove('waiting');
    this.#part<HTMLInputElement>('[name=file]').addEventListener('change', ({ target }) => {
      const [file] = (target as HTMLInputElement).files!;
      if (file) this.#open(file);
    });
    this.#part('form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#write();
    });
    this.addEventListener('click', ({ target }) => {
      const action = target instanceof HTMLElement ? target.dataset.do : undefined;
      if (action === 'cancel') this.#close('Not loaded.');
      if (action === 'stop') this.#model.stop();
    });
    this.addEventListener('change', ({ target }) => {
      if (target instanceof HTMLInputElement && target.type === 'file') return;
      this.#choice.describe();
      this.#choice.toAddress();
    });
  }

  disconnectedCallback(): void {
    this.#model.end();
  }

  #part<E extends HTMLElement = HTMLElement>(selector: string): E {
    return this.querySelector<E>(selector)!;
  }

  #enter(state: State, words: string): void {
    this.dataset.state = state;
    this.#part('.live-state').textContent = words;
    const isThere = state === 'ready' || state === 'running' || state === 'done';
    this.#part('form').hidden = !isThere;
    this.#part('[data-do=cancel]').hidden = state !== 'loading';
    this.#part('progress').hidden = state !== 'loading';
    this.#part<HTMLButtonElement>('[data-do=stop]').disabled = state !== 'running';
  }

  #open(file: File): void {
    this.#part('progress').setAttribute('value', '0');
    this.#enter('loading', `Reading ${file.name}`);
    const { runtime, features } = this.dataset;
    const addressOf = (path: string) => new URL(path, location.href).href;
    this.#model.open(file, addressOf(runtime!), features ? addressOf(features) : null);
  }

  /** Let go of the model; the reader may choose another file. */
  #close(words: string, state: State = 'idle'): void {
    this.#model.end();
    this.#part<HTMLInputElement>('[name=file]').value = '';
    this.#enter(state, words);
  }

  #told(report: OwnReport): void {
    if (report.kind === 'read') this.#read(report.share);
    else if (report.kind === 'ready') this.#ready(report);
    else if (report.kind === 'step') this.#show(report.list);
    else if (report.kind === 'written') this.#written(report);
    else if (report.isOpen) this.#enter('ready', `This did not work: ${report.reason}.`);
    else this.#close(`This did not work: ${report.reason}.`, 'failed');
  }

  #read(share: number): void {
    this.#part('progress').setAttribute('value', String(share));
    const words = share < 1 ? READING : PREPARING; // how far it is, the bar says
    if (this.#part('.live-state').textContent !== words)
      this.#part('.live-state').textContent = words;
  }

  #ready({ seconds, isStudys }: Extract<OwnReport, { kind: 'ready' }>): void {
    const which =
      isStudys === null
        ? ''
        : isStudys
          ? ' It is the file that the study ran.'
          : ' It is another file than the study ran, so that its lists are others.';
    this.#enter('ready', `The model is loaded, in ${formatNumber(seconds)} s.${which}`);
    this.dataset.seconds = seconds.toFixed(2);
    this.#choice.describe();
    this.#part('[data-do=run]').focus();
  }

  #write(): void {
    const asked = this.#choice.read();
    if (asked === null) return;
    this.#keepBeside();
    this.#list = undefined;
    this.#part('.own-list .live-heading').textContent = this.#choice.name();
    this.#part('.own-list ol').replaceChildren();
    this.#enter('running', 'Reading the prompt');
    this.#model.write(asked);
  }

  /** The list that stands there is kept, to be compared with the one to come. */
  #keepBeside(): void {
    if (this.#part('.own-list ol').children.length === 0) return;
    const before = this.#part('.own-before');
    before.replaceChildren(...this.#part('.own-list').cloneNode(true).childNodes);
    before.hidden = false;
  }

  #show(list: ShownList): void {
    if (this.#list === undefined) this.#part('.live-state').textContent = 'Writing';
    announceItem(this.#part('[role=log]'), this.#choice.name(), list, this.#list);
    this.#list = list;
    showList(this.#part('.own-list'), list, false);
  }

  #written({
    rate,
    promptSeconds,
    stopped,
    tokens,
  }: Extract<OwnReport, { kind: 'written' }>): void {
    const n = this.#list?.items.length ?? 0;
    const speed = `${formatNumber(rate)} tokens a second, after ${formatNumber(promptSeconds)} s for the prompt`;
    if (stopped) this.#part('.own-list .live-end').textContent = 'stopped';
    const told = tokens.length > 1 ? `; ${speed}` : '';
    this.#enter('done', `${n} ${n === 1 ? 'item' : 'items'}${told}.`);
    this.dataset.rate = rate.toFixed(2);
  }
}

const READING = 'Reading the weights';
const PREPARING = 'Preparing the graph, which takes the longest';

customElements.define('own-model', OwnModelElement);
