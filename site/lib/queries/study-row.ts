import type { Manifest } from '../../../pipeline/schema/manifest.ts';
import { PROXY_NAMES, type ProxyName } from '../../../pipeline/schema/proxies.ts';
import { eventWords, type Form, itemWords, metricWords } from '../event-words.ts';
import { markerWords, separatorName } from '../marker-words.ts';
import { isGemma2, modelLabel } from '../study/known-studies.ts';
import { saeRelease } from '../study/sae-origin.ts';
import { quote } from './sql.ts';

/**
 * SQL: what a query may ask about the study itself, as one row: its name, model and kind, whether it is of the very model that
 * the exploration is about, what its model was trained for, its SAEs, its form of lists, how it asks, the token of each event, and where it ran.
 */
export function studyRow(manifest: Manifest): string {
  const { study, kind, model_kind, form, provider, machine } = manifest;
  const { item, newline } = form.events;
  const columns: Readonly<Record<string, string>> = {
    name: quote(study),
    model: quote(modelLabel(manifest)),
    kind: quote(kind),
    is_gemma_2: String(isGemma2(manifest)),
    model_kind: quote(model_kind),
    sae_release: quote(saeRelease(manifest) ?? ''),
    form: quote(form.name),
    request: quote(form.request),
    item_end: quote(item.end),
    item_again: quote(item.again),
    newline_end: quote(newline.end),
    newline_again: quote(newline.again),
    provider: quote(provider),
    machine: quote(machine),
  };
  const named = Object.entries(columns).map(([column, value]) => `${value} AS ${column}`);
  return `SELECT ${named.join(', ')}`;
}

/** The study's words for queries: scalar macros by their signature. */
export const wordFunctions = (form: Form): Readonly<Record<string, string>> => ({
  /** What the token is called that ends a list after an item; and what all are called that end what the model writes. */
  'item_end_name()': quote(eventWords(form, 'item_end').name),
  'end_name()': quote(form.request === 'chat' ? 'end of the turn' : 'end of the list'),
  /** What a token is in a list: the marker that begins an item is a hyphen, the separator a newline. */
  'token_words(kind)': `CASE kind WHEN 'marker' THEN ${quote(markerWords(form).name)} WHEN 'newline' THEN ${quote(separatorName(form))} ELSE kind END`,
  /** What a metric, or proxy, compares at the end of a list. */
  'comparison(metric)': casesOf((proxy) => metricWords(form, proxy)),
  /** The same at any item. */
  'comparison_at_items(metric)': casesOf((proxy) => itemWords(form, proxy)),
});

const casesOf = (wordsOf: (proxy: ProxyName) => string): string =>
  `CASE metric ${PROXY_NAMES.map((proxy) => `WHEN ${quote(proxy)} THEN ${quote(wordsOf(proxy))}`).join(' ')} END`;
