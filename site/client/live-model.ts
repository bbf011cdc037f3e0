import { formatNumber } from '../lib/number-format.ts';
import { knownTopic } from './live/address.ts';
import { Choice } from './live/choice.ts';
import { citationOf } from './live/citation.ts';
import { EditsPanel } from './live/edits-panel.ts';
import { LoadPanel, loadedInWords } from './live/load-panel.ts';
import { ARMS, type Arm, type Report } from './live/messages.ts';
import { ModelWorker } from './live/model-worker.ts';
import { meansBeside } from './live/published-means.ts';
import { seedHistograms } from './live/seed-histograms.ts';
import { WrittenLists } from './live/written-lists.ts';

type State = 'idle' | 'loading' | 'ready' | 'running' | 'paused' | 'done' | 'cut' | 'failed';

/** Milliseconds between two tokens, so that a reader can watch a list grow. */
const PACE = 40;

/** Runs the model in a worker, on request, and shows what it writes. */
class LiveModel extends HTMLElement {
  #choice!: Choice;
  #edits!: EditsPanel;
  #lists!: WrittenLists;
  #loading!: LoadPanel;
  readonly #model = new ModelWorker((report) => this.#told(report));
  /** The control that the reader is moving: the list from before is the ghost for as long as it moves. */
  #moved: EventTarget | null = null;

  connectedCallback(): void {
    this.#choice = new Choice(this);
    this.#edits = new EditsPanel(this, this.#choice);
    this.#lists = new WrittenLists(this);
    this.#loading = new LoadPanel(this);
    this.#choice.readAddress();
    this.#part('.live-start').classList.remove('waiting');
    this.addEventListener('click', (event) => this.#clicked(event));
    this.addEventListener('input', (event) => this.#changed(event));
    this.addEventListener('change', () => {
      this.#moved = null;
    });
    this.addEventListener('keydown', (event) => this.#pressed(event));
    window.addEventListener('popstate', () => {
      this.#choice.readAddress();
      if (this.#model.isThere) this.#write(ARMS, 0);
    });
    this.querySelector('form')!.addEventListener('submit', (event) => event.preventDefault());
  }

  disconnectedCallback(): void {
    this.#model.end();
  }

  #part(selector: string): HTMLElement {
    return this.querySelector<HTMLElement>(selector)!;
  }

  get #state(): State {
    return this.dataset.state as State;
  }

  #enter(state: State, words: string): void {
    this.dataset.state = state;
    this.#say(words);
    const pause = this.querySelector<HTMLButtonElement>('[data-do=pause]')!;
    pause.disabled = state !== 'running' && state !== 'paused';
    pause.textContent = state === 'paused' ? 'Go on' : 'Pause';
  }

  #say(words: string): void {
    this.#part('.live-state').textContent = words;
  }

  #clicked({ target }: Event): void {
    if (!(target instanceof HTMLButtonElement)) return;
    const { do: action, show } = target.dataset;
    if (target.dataset.next !== undefined) this.#lists.showItem(target);
    if (show !== undefined) this.#showTab(show);
    if (action === 'load') this.#load();
    if (action === 'cancel') this.#cancel();
    if (action === 'run') this.#run();
    if (action === 'step') this.#step();
    if (action === 'pause') this.#pause();
    if (action === 'reset') this.#reset();
    if (action === 'seeds') this.#seeds();
  }

  #showTab(tab: string): void {
    this.dataset.tab = tab;
    for (const button of this.querySelectorAll<HTMLElement>('[data-show]'))
      button.ariaPressed = String(button.dataset.show === tab);
  }

  #load(): void {
    const { model, runtime } = this.dataset;
    const at = (file: string) => new URL(file, location.href).href;
    this.#model.load({ model: at(model!), runtime: at(runtime!) });
    this.#loading.show(true);
    this.#enter('loading', 'Loading the model');
  }

  #cancel(): void {
    this.#model.end();
    this.#loading.show(false);
    this.#enter(
      'idle',
      'Not loaded: the lists are those that were written when this page was built.',
    );
  }

  #failed(reason: string): void {
    this.#cancel();
    this.#enter(
      'failed',
      `This did not work: ${reason}. The lists below may be older than what is chosen.`,
    );
  }

  #told(report: Report): void {
    if (report.kind === 'bytes') this.#loadedBytes(report.loaded);
    else if (report.kind === 'ready') this.#ready(report.seconds);
    else if (report.kind === 'failed') this.#failed(report.reason);
    else if (report.kind === 'edits') this.#edits.showActivations(report);
    else if (report.kind === 'step') this.#lists.show(report);
    else if (report.kind === 'written') this.#written(report.msPerToken);
    else if (report.kind === 'counted')
      this.#say(`Writing ${report.of} lists: ${report.ended} have ended`);
    else this.#counted(report);
  }

  #loadedBytes(loaded: number): void {
    const all = Number(this.dataset.bytes);
    this.#loading.fill(loaded / all);
    this.#say(loadedInWords(loaded, all));
  }

  #ready(seconds: number): void {
    this.#loading.giveWay();
    this.#enter('ready', `The model is loaded, in ${formatNumber(seconds)} s.`);
    this.#write(ARMS, 0);
  }

  /** Ask for lists, from their start. @param pace milliseconds between two tokens */
  #write(arms: readonly Arm[], pace: number, paused = false): void {
    const asked = this.#choice.read();
    this.#edits.describe();
    this.#lists.begin(arms);
    this.#enter(paused ? 'paused' : 'running', paused ? 'One token at a time' : 'Writing');
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.#model.write({ asked, arms, pace: calm ? 0 : pace, paused });
  }

  #run(): void {
    if (this.#state === 'paused') this.#goOn();
    else this.#write(ARMS, PACE);
  }

  #step(): void {
    if (this.#state === 'running') this.#pause();
    else {
      if (this.#state !== 'paused') this.#write(ARMS, 0, true);
      this.#model.gate('step');
    }
  }

  #pause(): void {
    if (this.#state === 'paused') this.#goOn();
    else {
      this.#model.gate('pause');
      this.#enter('paused', 'Paused');
    }
  }

  #goOn(): void {
    this.#model.gate('run');
    this.#enter('running', 'Writing');
  }

  #reset(): void {
    this.#choice.write(this.#choice.first);
    this.#lists.forgetGhost();
    this.#choice.keepInAddress();
    this.#part('.live-seeds').hidden = true;
    this.#write(ARMS, 0);
  }

  #seeds(): void {
    const n = Number(this.dataset.seeds);
    this.#enter('running', `Writing ${2 * n} lists`);
    this.#model.writeSeeds({ asked: this.#choice.read(), n });
  }

  #counted({ counts, seconds }: Extract<Report, { kind: 'counts' }>): void {
    const published = meansBeside(JSON.parse(this.dataset.published!), this.#choice.read(), {
      temperature: Number(this.dataset.temperature),
      first: this.#choice.first,
    });
    const place = this.#part('.live-seeds');
    place.hidden = false;
    place.replaceChildren(seedHistograms({ counts, published }));
    this.#enter('done', `${2 * counts.trained.length} lists in ${formatNumber(seconds)} s`);
  }

  #written(ms: number): void {
    const isCut = ARMS.some((arm) => this.#lists.state(arm) === 'cut');
    const counts = this.#lists.counts();
    const words = `${counts.trained} items as trained, ${counts.edited} edited; ${formatNumber(ms)} ms a token`;
    this.#enter(isCut ? 'cut' : 'done', isCut ? `${words}; cut at the limit on tokens` : words);
    this.dataset.ms = ms.toFixed(2);
    const page = { hash: this.dataset.hash!, href: location.href };
    this.#part('.live-cite p').textContent = citationOf(this.#choice.read(), counts, page);
  }

  #changed({ target }: Event): void {
    if (!(target instanceof HTMLInputElement || target instanceof HTMLSelectElement)) return;
    if (target.name === 'topic' && !this.#isKnownTopic(target as HTMLInputElement)) return;
    this.#edits.follow(target);
    this.#choice.keepInAddress();
    if (!this.#model.isThere || this.#state === 'loading') return;
    const isEdit = target.closest('.live-edits') !== null;
    if (!isEdit) this.#lists.forgetGhost();
    else if (target !== this.#moved) this.#lists.keepGhost();
    this.#moved = target;
    this.#write(isEdit && this.#lists.state('trained') !== 'writing' ? ['edited'] : ARMS, 0);
  }

  #isKnownTopic(field: HTMLInputElement): boolean {
    const topics = this.#choice.topics();
    const isKnown = knownTopic(field.value, topics) !== null;
    const isBegun = topics.some((topic) =>
      topic.toLowerCase().startsWith(field.value.trim().toLowerCase()),
    );
    field.ariaInvalid = String(!isKnown && !isBegun);
    if (!isKnown && !isBegun)
      this.#say(`The miniature knows ${topics.length} topics: ${topics.join(', ')}.`);
    return isKnown;
  }

  #pressed(event: KeyboardEvent): void {
    const { target, key } = event;
    const isControl =
      target instanceof Element && target.closest('a, button, input, select, summary');
    if (!this.#model.isThere || isControl || (key !== ' ' && key !== 'Enter')) return;
    event.preventDefault();
    if (key === ' ') this.#step();
    else this.#run();
  }
}

customElements.define('live-model', LiveModel);
