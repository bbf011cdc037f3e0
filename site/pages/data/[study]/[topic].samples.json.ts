import type { APIRoute } from 'astro';
import { topicId } from '../../../../pipeline/schema/topic-id.ts';
import { readSamples } from '../../../lib/explorers/samples.ts';
import type { TopicSamples } from '../../../lib/explorers/tokens.ts';
import { allStudies } from '../../../lib/study/studies.ts';

export const getStaticPaths = async () => {
  const studies = (await allStudies()).map(async (study) =>
    (await readSamples(study)).topics.map((topic) => ({
      params: { study: study.name, topic: topicId(topic.topic) },
      props: { topic },
    })),
  );
  return (await Promise.all(studies)).flat();
};

/** The lists of one topic, token by token. */
export const GET: APIRoute<{ topic: TopicSamples }> = ({ props: { topic } }) =>
  Response.json(topic);
