import { memoryByStage } from '../../lib/charts/memory-chart.ts';

export default memoryByStage('Memory of the rehearsal by stage: planned, and measured');
