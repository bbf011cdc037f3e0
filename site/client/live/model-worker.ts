import type { Order, Report } from './messages.ts';

type Load = Extract<Order, { kind: 'load' }>;
/** An order for a job, which gets its number here. */
type Asking<Kind> = Omit<Extract<Order, { kind: Kind }>, 'kind' | 'job'>;

/** The worker that runs the model, once a reader has asked for it: one job at a time, and nothing is told of those before. */
export class ModelWorker {
  readonly #told: (report: Report) => void;
  #worker: Worker | null = null;
  #job = 0;

  constructor(told: (report: Report) => void) {
    this.#told = told;
  }

  get isThere(): boolean {
    return this.#worker !== null;
  }

  load(files: Load['files']): void {
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    this.#worker.addEventListener('message', ({ data }: MessageEvent<Report>) => {
      if (!('job' in data) || data.job === this.#job) this.#told(data);
    });
    this.#worker.addEventListener('error', ({ message }) =>
      this.#told({ kind: 'failed', reason: message || 'the worker could not be started' }),
    );
    this.#send({ kind: 'load', files });
  }

  end(): void {
    this.#worker?.terminate();
    this.#worker = null;
  }

  write(asking: Asking<'write'>): void {
    this.#send({ kind: 'write', job: ++this.#job, ...asking });
  }

  writeSeeds(asking: Asking<'seeds'>): void {
    this.#send({ kind: 'seeds', job: ++this.#job, ...asking });
  }

  /** Let the job go on, by one token or by all, or have it wait. */
  gate(gate: 'step' | 'pause' | 'run'): void {
    this.#send({ kind: 'gate', gate });
  }

  #send(order: Order): void {
    this.#worker?.postMessage(order);
  }
}
