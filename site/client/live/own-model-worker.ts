import { JobWorker } from './job-worker.ts';
import type { OwnAsked, OwnOrder, OwnReport } from './own-messages.ts';

/** The worker that runs the model of a reader's own file: one list at a time. */
export class OwnModelWorker {
  readonly #worker: JobWorker<OwnOrder, OwnReport>;

  constructor(told: (report: OwnReport) => void) {
    this.#worker = new JobWorker(
      () => new Worker(new URL('./own-worker.ts', import.meta.url), { type: 'module' }),
      told,
      (reason) => told({ kind: 'failed', reason, isOpen: false }),
    );
  }

  /** @param features address of those that may be switched off; null where there are none */
  open(file: File, runtime: string, features: string | null): void {
    this.#worker.start({ kind: 'open', file, runtime, features });
  }

  write(asked: OwnAsked): void {
    this.#worker.send({ kind: 'write', job: this.#worker.nextJob(), asked });
  }

  /** End the list that is being written, which is told as it stands. */
  stop(): void {
    this.#worker.send({ kind: 'stop' });
  }

  /** Free the model's memory. */
  end(): void {
    this.#worker.end();
  }
}
