/**
 * A number as the report shows it.
 *
 * @param pattern `0` with as many decimals as wanted (`0.00`), `%` after it for a share in percent
 */
export function formatNumber(value: number, pattern = '0.0'): string {
  const match = /^0(?:\.(0+))?( ?%)?$/.exec(pattern);
  if (match === null) throw new Error(`unknown number format: ${pattern} (such as 0, 0.00 or 0%)`);
  const decimals = match[1]?.length ?? 0;
  const shown = withDecimals(decimals).format(match[2] ? value * 100 : value);
  const unit = match[2] ? '\u202f%' : '';
  return (Number(shown) === 0 ? shown.replace('-', '') : shown.replace('-', '−')) + unit;
}

/** Made once for each number of decimals: making one takes longer than a page. */
function withDecimals(decimals: number): Intl.NumberFormat {
  const known =
    formats.get(decimals) ??
    new Intl.NumberFormat('en', {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    });
  formats.set(decimals, known);
  return known;
}

const formats = new Map<number, Intl.NumberFormat>();

/** A size in bytes, for a reader. */
export const formatBytes = (bytes: number): string =>
  bytes < 1e6 ? `${formatNumber(bytes / 1e3, '0')} kB` : `${formatNumber(bytes / 1e6)} MB`;
