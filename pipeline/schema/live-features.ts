import type { LiveArray } from './live.ts';
import { featureColumns } from './shared-columns.ts';
import { type Row, real, reals, table, text } from './table.ts';

export const liveFeatures = table(
  'live_features',
  'one labelled feature of the SAE whose edits lengthen lists most, with all that is needed to find and change its activation',
  {
    ...featureColumns,
    hook: text('the value that the SAE reads and rebuilds'),
    encoder: reals('[d_model]: its column of the encoder'),
    bias: real('its encoder bias'),
    threshold: real(
      'encoder times value plus bias is its activation where that is above the threshold and above 0; else it is 0',
    ),
    decoder: reals('[d_model]: what one unit of its activation adds to the value'),
  },
);

export type LiveFeatureRow = Row<typeof liveFeatures>;

/** The features that a reader may switch in a model of their own, as the page's file has them. */
export interface OwnFeatures {
  readonly hook: string;
  readonly features: readonly {
    /** Such as `res_12_40`. */
    readonly id: string;
    readonly bias: number;
    readonly threshold: number;
    readonly encoder: LiveArray;
    readonly decoder: LiveArray;
  }[];
}
