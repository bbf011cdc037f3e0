import {
  type Decision,
  decisionTarget,
  logitTargets,
} from '../../interp/circuit/target-vectors.ts';
import type { TracedSequence } from '../../interp/circuit/trace-circuits.ts';
import { mappedPair } from '../../lists/proxies.ts';
import type { TokenForm } from '../../lists/token-form.ts';
import type { Settings } from '../../study/study.ts';
import type { ItemRow, ListRow } from '../lists-by-id.ts';
import { patchedLists } from '../patching/lists.ts';
import { mapPlaces } from '../patching/places.ts';

/** The last decision of a list: after its last item, to end or to go on. */
export interface ListDecision {
  readonly list: ListRow;
  /** Tokens up to the last item's last one. */
  readonly ids: readonly number[];
  /** The same after the prompt with the other word. */
  readonly swappedIds: readonly number[];
  /** [position]: the place that other lists have, too. */
  readonly places: readonly string[];
}

/** The last decisions of a template's lists that ended. */
export function decisionsOf(
  lists: readonly ListRow[],
  itemsOf: ReadonlyMap<string, readonly ItemRow[]>,
  { circuits, templates }: Pick<Settings, 'circuits' | 'templates'>,
  form: TokenForm,
): ListDecision[] {
  const { most = Number.POSITIVE_INFINITY } = circuits;
  const chosen = patchedLists(lists, itemsOf, { patching: circuits, templates }, form);
  const all = chosen.slice(0, most);
  const placesOf = mapPlaces(all, form.tokenizer);
  return all.map((patched, i): ListDecision => {
    const end = patched.metricPositions.at(-1)! + 1;
    const places = new Array<string>(end).fill(BEFORE);
    for (const { label, positions } of placesOf[i]!)
      for (const pos of positions) places[pos] = label;
    const { list, swappedIds } = patched;
    return {
      list,
      ids: list.token_ids.slice(0, end),
      swappedIds: swappedIds.slice(0, end),
      places,
    };
  });
}

/** The places of the prompt before the word. */
const BEFORE = 'before the word';

/** The two tokens of the decision. */
export const decisionTokens = (form: TokenForm): Decision => {
  const [end, again] = mappedPair(form.events);
  return { end, again };
};

/** A list's decision, the same after the other word, and the likeliest next tokens, which other tools trace. */
export const tracedSequences = (
  { ids, swappedIds }: ListDecision,
  decision: Decision,
): [own: TracedSequence, other: TracedSequence, logits: TracedSequence] => {
  const targets = (logits: Float32Array) => [decisionTarget(logits, decision)];
  return [
    { ids, targets },
    { ids: swappedIds, targets },
    { ids, targets: logitTargets },
  ];
};
