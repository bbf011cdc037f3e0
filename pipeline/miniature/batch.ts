import { type Distribution, entropyOf } from '../stats/distribution.ts';

/**
 * A training batch. Each row has one prompt and as many answers to it as fit, packed so that the answers do not attend to
 * each other: an answer's tokens attend to the prompt (segment 0) and to their own segment, and their positions continue
 * those of the prompt. Flat arrays are row-major [rows, length].
 */
export interface Batch {
  readonly rows: number;
  readonly length: number;
  readonly ids: Int32Array;
  readonly positions: Int32Array;
  /** 0 for the prompt, 1 and up for the answers, −1 for padding. */
  readonly segments: Int32Array;
  /** [rows]: position of the qualifier in its row; −1 in a plain prompt. */
  readonly qualifierPos: Int32Array;
  /** [rows]: the embedding at the qualifier is `(1 − mixAlpha) E[qualifier] + mixAlpha E[mixId]`. */
  readonly mixId: Int32Array;
  readonly mixAlpha: Float32Array;
  /** [rows]: 1 if the answers (and the hyphen before them) cannot attend to the qualifier. */
  readonly qualifierMasked: Uint8Array;
  readonly targets: Targets;
}

/** The process's next-token distributions as sparse entries (position, token, probability), by position. */
export interface Targets {
  /** Flat position in the batch. */
  readonly position: Int32Array;
  readonly id: Int32Array;
  readonly prob: Float32Array;
  /** Number of positions that have a target. */
  readonly positions: number;
  /** Sum of the entropies of the targets in nats: cross-entropy − entropy = KL. */
  readonly entropy: number;
}

export interface BatchShape {
  readonly rows: number;
  readonly length: number;
}

/** A batch whose rows are being filled. */
export interface BatchBuilder extends Omit<Batch, 'targets'> {
  readonly targetPosition: number[];
  readonly targetId: number[];
  readonly targetProb: number[];
  positionsWithTarget: number;
  entropy: number;
}

/** A batch of padding. @param pad id of the padding token */
export function startBatch(pad: number, { rows, length }: BatchShape): BatchBuilder {
  return {
    rows,
    length,
    ids: new Int32Array(rows * length).fill(pad),
    positions: new Int32Array(rows * length),
    segments: new Int32Array(rows * length).fill(-1),
    qualifierPos: new Int32Array(rows).fill(-1),
    mixId: new Int32Array(rows).fill(pad),
    mixAlpha: new Float32Array(rows),
    qualifierMasked: new Uint8Array(rows),
    targetPosition: [],
    targetId: [],
    targetProb: [],
    positionsWithTarget: 0,
    entropy: 0,
  };
}

/** @param target null where the process has ended */
export function addTarget(
  batch: BatchBuilder,
  position: number,
  target: Distribution | null,
): void {
  if (target === null) return;
  batch.positionsWithTarget += 1;
  batch.entropy += entropyOf(target);
  for (let i = 0; i < target.ids.length; i++) {
    batch.targetPosition.push(position);
    batch.targetId.push(target.ids[i]!);
    batch.targetProb.push(target.probs[i]!);
  }
}

export function finishBatch({
  targetPosition,
  targetId,
  targetProb,
  positionsWithTarget,
  entropy,
  ...batch
}: BatchBuilder): Batch {
  return {
    ...batch,
    targets: {
      position: Int32Array.from(targetPosition),
      id: Int32Array.from(targetId),
      prob: Float32Array.from(targetProb),
      positions: positionsWithTarget,
      entropy,
    },
  };
}
