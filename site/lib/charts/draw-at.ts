import type { View } from 'vega';

/**
 * Draw a view at a width of the whole, in CSS pixels. It takes two passes: what the first leaves to the plane within the
 * axes is what a legend's columns follow, and these decide how high the legend is.
 */
export async function drawAt(view: View, width: number): Promise<View> {
  await view.width(width).runAsync();
  return view.resize().runAsync();
}
