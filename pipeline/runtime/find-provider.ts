import { Graph } from '../graph/builder.ts';
import { neg } from '../graph/ops.ts';
import { float32 } from '../graph/tensor.ts';
import { cudaFault } from './gpu-libraries.ts';
import { openSession, type Provider } from './session.ts';

/** The best GPU provider that works on this machine, tried on a graph of one node; null where none does. */
export async function gpuProvider(): Promise<Provider | null> {
  if (cudaFault() === null && (await canRun('cuda'))) return 'cuda';
  return (await canRun('webgpu')) ? 'webgpu' : null;
}

/** Whether a provider runs a graph of one node on this machine. */
export async function canRun(provider: Provider): Promise<boolean> {
  const graph = new Graph();
  graph.output('y', neg(graph.input('x', 'float32', [1])));
  try {
    await using session = await openSession(graph, { provider });
    const { y } = await session.run({ x: float32([1], [1]) });
    return y?.data[0] === -1;
  } catch {
    return false;
  }
}
