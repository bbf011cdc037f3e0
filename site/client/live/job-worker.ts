/** A report of a worker: on a job, or on the worker itself. */
type Told = { readonly kind: string; readonly job?: number };

/** A worker that does one job at a time: nothing is told of those before. */
export class JobWorker<Order, Report extends Told> {
  readonly #start: () => Worker;
  readonly #told: (report: Report) => void;
  readonly #failed: (reason: string) => void;
  #worker: Worker | null = null;
  #job = 0;

  /** @param failed is told why a worker could not be started */
  constructor(
    start: () => Worker,
    told: (report: Report) => void,
    failed: (reason: string) => void,
  ) {
    this.#start = start;
    this.#told = told;
    this.#failed = failed;
  }

  get isThere(): boolean {
    return this.#worker !== null;
  }

  start(order: Order): void {
    this.end();
    this.#worker = this.#start();
    this.#worker.addEventListener('message', ({ data }: MessageEvent<Report>) => {
      if (data.job === undefined || data.job === this.#job) this.#told(data);
    });
    this.#worker.addEventListener('error', ({ message }) =>
      this.#failed(message || 'the worker could not be started'),
    );
    this.send(order);
  }

  /** The number of a new job, which ends the one before. */
  nextJob(): number {
    this.#job++;
    return this.#job;
  }

  send(order: Order): void {
    this.#worker?.postMessage(order);
  }

  /** Free its memory. */
  end(): void {
    this.#worker?.terminate();
    this.#worker = null;
  }
}
