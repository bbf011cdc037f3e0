/**
 * A number as the report shows it.
 *
 * @param pattern `0` with as many decimals as wanted (`0.00`), `%` after it for a share in percent
 */
export function formatNumber(value: number, pattern = '0.0'): string {
  const match = /^0(?:\.(0+))?( ?%)?$/.exec(pattern);
  if (match === null) throw new Error(`unknown number format: ${pattern} (such as 0, 0.00 or 0%)`);
  const decimals = match[1]?.length ?? 0;
  const shown = grouped((match[2] ? value * 100 : value).toFixed(decimals));
  const unit = match[2] ? '\u202f%' : '';
  return (Number(shown) === 0 ? shown.replace('-', '') : shown.replace('-', '−')) + unit;
}

/** A number that may be tiny: `<0.001` where no digit would be left of it, and 0 where it is 0. */
export function formatSmall(value: number, pattern = '0.000'): string {
  const shown = formatNumber(value, pattern);
  if (value === 0 || /[1-9]/.test(shown)) return shown;
  const least = shown.replace(/0(?=\D*$)/, '1');
  return value > 0 ? `<${least}` : `>−${least}`;
}

/** `1,234,567.8`: by hand, as the thousands of pages hold a hundred numbers each, which `Intl` takes its time for. */
const grouped = (digits: string): string => digits.replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ',');

/** A size in bytes, for a reader. */
export const formatBytes = (bytes: number): string =>
  bytes < 1e6 ? `${formatNumber(bytes / 1e3, '0')} kB` : `${formatNumber(bytes / 1e6)} MB`;
