/**
 * The known name that a misspelt one most likely stands for: the nearest by edits of single letters, at most a third of
 * them; null where none is near.
 */
export function nearName(name: string, known: readonly string[]): string | null {
  if (name.length > LONGEST) return null;
  const spelt = plain(name);
  const [nearest] = known
    .map((other) => ({ other, edits: edits(spelt, plain(other)) }))
    .sort((a, b) => a.edits - b.edits);
  if (nearest === undefined) return null;
  const most = Math.max(1, Math.floor(nearest.other.length / 3));
  return nearest.edits <= most ? nearest.other : null;
}

const LONGEST = 60;

/** Without case and separators, which are the most frequent differences: `top_p` for `topP`. */
const plain = (name: string): string => name.toLowerCase().replace(/[\W_]/g, '');

/** Letters to insert, remove or replace to make one text of another (Levenshtein's distance, row by row). */
function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + Number(a[i - 1] !== b[j - 1]);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
