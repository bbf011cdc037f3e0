import type { APIRoute } from 'astro';
import { publishedFiles, publishedText } from '../../../lib/queries/published.ts';

export const getStaticPaths = () =>
  publishedFiles().map((file) => ({ params: { file }, props: { file } }));

/** The published exploration's figures, aggregates of its released data, and what a rehearsal took, to take away. */
export const GET: APIRoute<{ file: string }> = ({ props: { file } }) =>
  new Response(publishedText(file));
