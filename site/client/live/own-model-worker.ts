import type { OwnAsked, OwnOrder, OwnReport } from './own-messages.ts';

/** The worker that runs the model of a reader's own file: one list at a time, and nothing is told of those before. */
export class OwnModelWorker {
  readonly #told: (report: OwnReport) => void;
  #worker: Worker | null = null;
  #job = 0;

  constructor(told: (report: OwnReport) => void) {
    this.#told = told;
  }

  open(file: File, runtime: string): void {
    this.end();
    this.#worker = new Worker(new URL('./own-worker.ts', import.meta.url), { type: 'module' });
    this.#worker.addEventListener('message', ({ data }: MessageEvent<OwnReport>) => {
      if (!('job' in data) || data.job === this.#job) this.#told(data);
    });
    this.#worker.addEventListener('error', ({ message }) =>
      this.#told({
        kind: 'failed',
        reason: message || 'the worker could not be started',
        isOpen: false,
      }),
    );
    this.#send({ kind: 'open', file, runtime });
  }

  write(asked: OwnAsked): void {
    this.#send({ kind: 'write', job: ++this.#job, asked });
  }

  /** End the list that is being written, which is told as it stands. */
  stop(): void {
    this.#send({ kind: 'stop' });
  }

  /** Free the model's memory. */
  end(): void {
    this.#worker?.terminate();
    this.#worker = null;
  }

  #send(order: OwnOrder): void {
    this.#worker?.postMessage(order);
  }
}
