import { JobWorker } from './job-worker.ts';
import type { Order, Report } from './messages.ts';

type Load = Extract<Order, { kind: 'load' }>;
/** An order for a job, which gets its number here. */
type Asking<Kind> = Omit<Extract<Order, { kind: Kind }>, 'kind' | 'job'>;

/** The worker that runs the model, once a reader has asked for it. */
export class ModelWorker {
  readonly #worker: JobWorker<Order, Report>;

  constructor(told: (report: Report) => void) {
    this.#worker = new JobWorker(
      () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }),
      told,
      (reason) => told({ kind: 'failed', reason }),
    );
  }

  get isThere(): boolean {
    return this.#worker.isThere;
  }

  load(files: Load['files']): void {
    this.#worker.start({ kind: 'load', files });
  }

  end(): void {
    this.#worker.end();
  }

  write(asking: Asking<'write'>): void {
    this.#worker.send({ kind: 'write', job: this.#worker.nextJob(), ...asking });
  }

  writeSeeds(asking: Asking<'seeds'>): void {
    this.#worker.send({ kind: 'seeds', job: this.#worker.nextJob(), ...asking });
  }

  /** Let the job go on, by one token or by all, or have it wait. */
  gate(gate: 'step' | 'pause' | 'run'): void {
    this.#worker.send({ kind: 'gate', gate });
  }
}
