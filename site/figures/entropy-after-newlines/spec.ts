import { entropyByPlace } from '../../lib/entropy-chart.ts';

export default entropyByPlace(
  'Entropy after the newline of each item',
  'after the newline of item',
);
