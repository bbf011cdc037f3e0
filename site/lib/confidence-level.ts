/**
 * The confidence level of intervals in words.
 * @param confidence a share, as a study's manifest has it: 0.95 is `95 %`
 */
export const levelOf = (confidence: number): string => `${Number((100 * confidence).toFixed(6))} %`;
