/** A stage and the minutes that it is expected to take. */
export type StageMinutes = readonly (readonly [stage: string, minutes: number])[];

/** The stages of a run that took so many seconds, on a model with `ratio` times as many parameters. */
export const stageMinutes = (
  stages: Readonly<Record<string, { readonly seconds: number }>>,
  ratio: number,
): StageMinutes =>
  Object.entries(stages).map(([stage, { seconds }]) => [stage, (seconds * ratio) / 60]);
