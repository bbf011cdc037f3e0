import type { APIRoute } from 'astro';
import { billOfMaterials, MATERIALS } from '../../lib/bill-of-materials.ts';

export const getStaticPaths = () =>
  billOfMaterials() === null ? [] : [{ params: { materials: MATERIALS } }];

/** The packages of the project. */
export const GET: APIRoute = () => new Response(billOfMaterials());
