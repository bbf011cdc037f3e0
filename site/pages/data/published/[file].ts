import type { APIRoute } from 'astro';
import { PUBLISHED, publishedText } from '../../../lib/published.ts';

export const getStaticPaths = () =>
  Object.values(PUBLISHED).map((file) => ({ params: { file }, props: { file } }));

/** The published exploration's figures, and aggregates of its released data, to take away. */
export const GET: APIRoute<{ file: string }> = ({ props: { file } }) =>
  new Response(publishedText(file));
