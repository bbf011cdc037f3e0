import type { APIRoute } from 'astro';
import { billOfMaterials, MATERIALS } from '../../lib/bill-of-materials.ts';

export const getStaticPaths = async () =>
  (await billOfMaterials()) === null ? [] : [{ params: { materials: MATERIALS } }];

/** The packages of the project. */
export const GET: APIRoute = async () => new Response(await billOfMaterials());
