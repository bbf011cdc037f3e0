import { entropyByPlace } from '../../lib/charts/entropy-chart.ts';

export default entropyByPlace(
  'Entropy after the newline of each item',
  'after the newline of item',
);
