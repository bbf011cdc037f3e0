/** Every verdict on a claim: its sign in the matrix, its words, and the name of its colour. */
export const VERDICTS = [
  { verdict: 'holds', sign: '●', words: 'hold', name: 'holds' },
  { verdict: 'holds in part', sign: '◐', words: 'hold in part', name: 'in-part' },
  { verdict: 'does not hold', sign: '○', words: 'do not hold', name: 'fails' },
  { verdict: 'cannot be decided', sign: '?', words: 'cannot be decided', name: 'open' },
] as const;

/** @throws `no verdict: x`, which the matrix would show as nothing */
export function verdictSign(verdict: string): (typeof VERDICTS)[number] {
  const found = VERDICTS.find((known) => known.verdict === verdict);
  if (found === undefined)
    throw new Error(
      `no verdict: ${verdict}: the report knows ${VERDICTS.map((known) => known.verdict).join(', ')}`,
    );
  return found;
}
