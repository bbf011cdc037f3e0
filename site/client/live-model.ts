import { formatBytes, formatNumber } from '../lib/number-format.ts';
import { Choice } from './live/choice.ts';
import {
  ARMS,
  type Arm,
  type Asked,
  type Order,
  type Report,
  type ShownDraw,
  type ShownList,
} from './live/messages.ts';
import { seedHistograms } from './live/seed-histograms.ts';
import { showDraws, showList } from './live/show.ts';

type State = 'idle' | 'loading' | 'ready' | 'running' | 'paused' | 'done' | 'cut' | 'failed';

/** Milliseconds between two tokens, so that a reader can watch a list grow. */
const PACE = 40;

/** Runs the model in a worker, on request, and shows what it writes. */
class LiveModel extends HTMLElement {
  #choice!: Choice;
  #worker: Worker | null = null;
  #job = 0;
  #lists: Partial<Record<Arm, ShownList>> = {};
  /** What each token of a list was drawn from. */
  #draws: Record<Arm, ShownDraw[]> = { trained: [], edited: [] };
  /** The control that the reader is moving: the list from before is the ghost for as long as it moves. */
  #moved: EventTarget | null = null;

  connectedCallback(): void {
    this.#choice = new Choice(this);
    this.#choice.write(this.#choice.fromAddress(location.search));
    this.#part('.live-start').hidden = false;
    this.addEventListener('click', (event) => this.#clicked(event));
    this.addEventListener('input', (event) => this.#changed(event));
    this.addEventListener('change', () => {
      this.#moved = null;
    });
    this.addEventListener('keydown', (event) => this.#pressed(event));
    window.addEventListener('popstate', () => {
      this.#choice.write(this.#choice.fromAddress(location.search));
      if (this.#worker) this.#write(ARMS, 0);
    });
    this.querySelector('form')!.addEventListener('submit', (event) => event.preventDefault());
  }

  disconnectedCallback(): void {
    this.#worker?.terminate();
  }

  #part(selector: string): HTMLElement {
    return this.querySelector<HTMLElement>(selector)!;
  }

  #button(name: string): HTMLButtonElement {
    return this.querySelector<HTMLButtonElement>(`[data-do=${name}]`)!;
  }

  get #state(): State {
    return this.dataset.state as State;
  }

  #enter(state: State, words: string): void {
    this.dataset.state = state;
    this.#part('.live-state').textContent = words;
    this.#button('pause').disabled = state !== 'running' && state !== 'paused';
    this.#button('pause').textContent = state === 'paused' ? 'Go on' : 'Pause';
  }

  #send(order: Order): void {
    this.#worker?.postMessage(order);
  }

  #clicked({ target }: Event): void {
    if (!(target instanceof HTMLButtonElement)) return;
    const { do: action, show } = target.dataset;
    if (target.dataset.next !== undefined) this.#showItem(target);
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
    this.#worker = new Worker(new URL('./live/worker.ts', import.meta.url), { type: 'module' });
    this.#worker.addEventListener('message', ({ data }: MessageEvent<Report>) => this.#told(data));
    this.#worker.addEventListener('error', ({ message }) =>
      this.#failed(message || 'the worker could not be started'),
    );
    const { model, runtime } = this.dataset;
    const at = (file: string) => new URL(file, location.href).href;
    this.#send({ kind: 'load', files: { model: at(model!), runtime: at(runtime!) } });
    this.#button('load').hidden = true;
    this.#button('cancel').hidden = false;
    this.#part('progress').hidden = false;
    this.#enter('loading', 'Loading the model');
  }

  #cancel(): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#button('load').hidden = false;
    this.#button('cancel').hidden = true;
    this.#part('progress').hidden = true;
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
    else if (report.job !== this.#job) return;
    else if (report.kind === 'edits') this.#showEdits(report);
    else if (report.kind === 'step') this.#showStep(report);
    else if (report.kind === 'written') this.#written(report.msPerToken);
    else if (report.kind === 'counted')
      this.#part('.live-state').textContent =
        `Writing ${report.of} lists: ${report.ended} have ended`;
    else this.#counted(report);
  }

  #loadedBytes(loaded: number): void {
    const all = Number(this.dataset.bytes);
    this.querySelector('progress')!.value = loaded / all;
    const words =
      loaded < all
        ? `Loading the model: ${formatBytes(loaded)} of ${formatBytes(all)}`
        : 'Loaded; preparing the graphs';
    this.#part('.live-state').textContent = words;
  }

  #ready(seconds: number): void {
    for (const part of this.querySelectorAll<HTMLElement>(
      '.live-controls, .live-tabs, .live-next, .live-where, .live-switch, .live-edits input[type=range], .live-random, .live-steering, .live-cite',
    ))
      part.hidden = false;
    for (const part of ['.live-start', '.live-built']) this.#part(part).hidden = true;
    this.#enter('ready', `The model is loaded, in ${formatNumber(seconds)} s.`);
    this.#write(ARMS, 0);
  }

  /** Ask for lists, from their start. @param pace milliseconds between two tokens */
  #write(arms: readonly Arm[], pace: number, paused = false): void {
    const asked = this.#choice.read();
    this.#job += 1;
    this.#describeSliders();
    for (const arm of arms) {
      delete this.#lists[arm];
      this.#draws[arm] = [];
    }
    this.#part('[data-draw]').textContent = 'What the next token is drawn from';
    this.#enter(paused ? 'paused' : 'running', paused ? 'One token at a time' : 'Writing');
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.#send({ kind: 'write', job: this.#job, asked, arms, pace: calm ? 0 : pace, paused });
  }

  #run(): void {
    if (this.#state === 'paused') this.#goOn();
    else this.#write(ARMS, PACE);
  }

  #step(): void {
    if (this.#state === 'running') this.#pause();
    else {
      if (this.#state !== 'paused') this.#write(ARMS, 0, true);
      this.#send({ kind: 'gate', gate: 'step' });
    }
  }

  #pause(): void {
    if (this.#state === 'paused') this.#goOn();
    else {
      this.#send({ kind: 'gate', gate: 'pause' });
      this.#enter('paused', 'Paused');
    }
  }

  #goOn(): void {
    this.#send({ kind: 'gate', gate: 'run' });
    this.#enter('running', 'Writing');
  }

  #reset(): void {
    this.#choice.write(this.#choice.first);
    this.#remember([]);
    this.#keepInAddress();
    this.#part('.live-seeds').hidden = true;
    this.#write(ARMS, 0);
  }

  #seeds(): void {
    this.#job += 1;
    const n = Number(this.dataset.seeds);
    this.#enter('running', `Writing ${2 * n} lists`);
    this.#send({ kind: 'seeds', job: this.#job, asked: this.#choice.read(), n });
  }

  #counted({ counts, seconds }: Extract<Report, { kind: 'counts' }>): void {
    const { word, temperature, factors, random, steering, where } = this.#choice.read();
    const published: Readonly<Record<Arm, Readonly<Record<string, number>>>> = JSON.parse(
      this.dataset.published!,
    );
    const isMain = temperature === Number(this.dataset.temperature);
    const { first } = this.#choice;
    const isFirst =
      JSON.stringify([factors, random, steering, where]) ===
      JSON.stringify([first.factors, first.random, first.steering, first.where]);
    const means: Partial<Record<Arm, number>> = {};
    const [trained, edited] = [published.trained[word], published.edited[word]];
    if (isMain && trained !== undefined) means.trained = trained;
    if (isMain && isFirst && edited !== undefined) means.edited = edited;
    const place = this.#part('.live-seeds');
    place.hidden = false;
    place.replaceChildren(seedHistograms({ counts, published: means }));
    this.#enter('done', `${2 * counts.trained.length} lists in ${formatNumber(seconds)} s`);
  }

  #showEdits({ activations, features }: Extract<Report, { kind: 'edits' }>): void {
    for (const { row, feature, slider, output } of this.#choice.features()) {
      const activation = activations[feature] ?? 0;
      row.classList.toggle('inactive', activation === 0);
      row.dataset.activation = String(activation);
      output.textContent =
        activation === 0 ? 'not active here' : factorWords(Number(slider.value), activation);
      slider.ariaValueText = output.textContent;
    }
    const random = this.querySelector<HTMLInputElement>('[name=random]')!;
    this.#part('.live-random').title = random.checked ? `at zero: ${features.join(', ')}` : '';
  }

  #describeSliders(): void {
    for (const { slider, output, row } of this.#choice.features()) {
      const activation = Number(row.dataset.activation ?? 0);
      if (activation > 0) output.textContent = factorWords(Number(slider.value), activation);
      slider.ariaValueText = output.textContent;
    }
    const steering = this.querySelector<HTMLInputElement>('[name=steering]')!;
    const words = `${formatNumber(Number(steering.value), '0.00')} of the residual stream’s norm`;
    this.#part('.live-steering output').textContent = words;
    steering.ariaValueText = words;
  }

  #showStep({ lists, draws }: Extract<Report, { kind: 'step' }>): void {
    for (const arm of ARMS) {
      const list = lists[arm];
      if (list === undefined) continue;
      this.#announce(arm, list);
      this.#lists[arm] = list;
      showList(this.#part(`.live-columns [data-arm=${arm}]`), list);
      this.#part(`[data-count=${arm}]`).textContent = String(list.items.length);
    }
    for (const arm of ARMS) if (draws[arm] !== undefined) this.#draws[arm].push(draws[arm]);
    this.#showDraws({ trained: -1, edited: -1 });
  }

  /** What a token of each list was drawn from; −1 for the last. */
  #showDraws(at: Readonly<Record<Arm, number>>): void {
    const drawn = ARMS.map((arm) => [arm, this.#draws[arm].at(at[arm])] as const);
    showDraws(this.#part('.live-draws'), Object.fromEntries(drawn));
  }

  /** What followed an item of a list, and in the other list the item at the same place. */
  #showItem(bar: HTMLElement): void {
    const line = bar.closest('li')!;
    const place = [...line.parentElement!.children].indexOf(line);
    const at: Record<Arm, number> = { trained: -1, edited: -1 };
    for (const arm of ARMS) at[arm] = this.#lists[arm]?.items[place]?.next ?? -1;
    for (const other of this.querySelectorAll('button.stop-bar'))
      other.ariaPressed = String(other === bar);
    this.#showDraws(at);
    this.#part('[data-draw]').textContent =
      `What followed item ${place + 1} (for a shorter list, its last token)`;
  }

  /** One announcement an item. */
  #announce(arm: Arm, { items }: ShownList): void {
    const item = items.at(-1);
    if (item === undefined || items.length === (this.#lists[arm]?.items.length ?? 0)) return;
    const log = this.#part('[role=log]');
    const name = arm === 'trained' ? 'as trained' : 'edited';
    const line = document.createElement('p');
    line.textContent = `${name}, item ${items.length}: ${item.text}, end ${formatNumber(item.pEnd, '0%')}`;
    log.append(line);
    while (log.children.length > MOST_ANNOUNCED) log.firstElementChild!.remove();
  }

  #written(ms: number): void {
    const isCut = ARMS.some((arm) => this.#lists[arm]?.state === 'cut');
    const [trained, edited] = ARMS.map((arm) => this.#lists[arm]?.items.length ?? 0);
    const words = `${trained} items as trained, ${edited} edited; ${formatNumber(ms)} ms a token`;
    this.#enter(isCut ? 'cut' : 'done', isCut ? `${words}; cut at the limit on tokens` : words);
    this.dataset.ms = ms.toFixed(2);
    this.#cite();
  }

  #changed({ target }: Event): void {
    if (!(target instanceof HTMLInputElement || target instanceof HTMLSelectElement)) return;
    if (target.name === 'topic' && !this.#isKnownTopic(target as HTMLInputElement)) return;
    this.#switchFeature(target);
    this.#keepInAddress();
    if (this.#worker === null || this.#state === 'loading') return;
    const isEdit = target.closest('.live-edits') !== null;
    if (isEdit && target !== this.#moved)
      this.#remember(this.#lists.edited?.items.map(({ text }) => text) ?? []);
    this.#moved = target;
    if (!isEdit) this.#remember([]);
    this.#write(isEdit && this.#lists.trained?.state !== 'writing' ? ['edited'] : ARMS, 0);
  }

  #isKnownTopic(field: HTMLInputElement): boolean {
    const topics = this.#choice.topics();
    const isKnown = this.#choice.topic(field.value) !== null;
    const isBegun = topics.some((topic) =>
      topic.toLowerCase().startsWith(field.value.trim().toLowerCase()),
    );
    field.ariaInvalid = String(!isKnown && !isBegun);
    if (!isKnown && !isBegun)
      this.#part('.live-state').textContent =
        `The miniature knows ${topics.length} topics: ${topics.join(', ')}.`;
    return isKnown;
  }

  /** A switch sets a feature to zero, or back to its activation; a slider moves its switch. */
  #switchFeature(target: HTMLElement): void {
    for (const { slider, toggle } of this.#choice.features()) {
      if (target === toggle) slider.value = toggle.checked ? '1' : '0';
      if (target === slider) toggle.checked = slider.value !== '0';
    }
  }

  /** Keep a list as the ghost of what was. */
  #remember(names: readonly string[]): void {
    const ghost = this.#part('.live-ghost');
    ghost.hidden = names.length === 0;
    ghost.textContent = `before, ${names.length}: ${names.join(', ')}`;
  }

  #pressed(event: KeyboardEvent): void {
    const { target, key } = event;
    const isControl =
      target instanceof Element && target.closest('a, button, input, select, summary');
    if (this.#worker === null || isControl || (key !== ' ' && key !== 'Enter')) return;
    event.preventDefault();
    if (key === ' ') this.#step();
    else this.#run();
  }

  #keepInAddress(): void {
    const search = this.#choice.toAddress(this.#choice.read(), location.search);
    history.replaceState(null, '', `${location.pathname}${search && `?${search}`}${location.hash}`);
  }

  #cite(): void {
    const { topic, word, temperature, seed }: Asked = this.#choice.read();
    const hash = this.dataset.hash!.slice(0, HASH_DIGITS);
    const [trained, edited] = ARMS.map((arm) => this.#lists[arm]?.items.length ?? 0);
    this.#part('.live-cite p').textContent =
      `How a list ends, the miniature (model ${hash}): ${word} list of ${topic}, temperature ${temperature}, seed ${seed}: ` +
      `${trained} items as trained, ${edited} edited. ${location.href}`;
  }
}

const MOST_ANNOUNCED = 20;
const HASH_DIGITS = 10;

/** `0 × 5.10, off` */
function factorWords(factor: number, activation: number): string {
  const words = `${formatNumber(factor)} × ${formatNumber(activation, '0.00')}`;
  return factor === 0 ? `${words}, off` : factor === 1 ? `${words}, as it is` : words;
}

customElements.define('live-model', LiveModel);
