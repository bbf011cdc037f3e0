import { memoryByStage } from '../../lib/charts/memory-chart.ts';

export default memoryByStage('Memory of the whole study on a GPU by stage: planned, not measured');
