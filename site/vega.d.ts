import 'vega';

declare module 'vega' {
  /** Measures text where there is no canvas. Exported by Vega, missing from its types. */
  export const textMetrics: { width: (item: { fontSize?: number }, text: unknown) => number };
}
