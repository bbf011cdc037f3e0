import { entropyByPlace } from '../../lib/charts/entropy-chart.ts';

export default entropyByPlace('Entropy after the last token of each item', 'after item');
