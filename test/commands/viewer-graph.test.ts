import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { viewerGraph } from '../../pipeline/commands/viewer-graph.ts';
import type { GraphNodeRow } from '../../pipeline/schema/graph-nodes.ts';

/**
 * What viewers ask of a graph, in this project's own words. Source: the JSON schema in Neuronpedia's repository
 * (apps/webapp/app/api/graph/graph-schema.json), version 1.0.0.
 */
const VIEWER_SCHEMA = z.object({
  metadata: z.object({
    slug: z.string(),
    scan: z.string(),
    prompt_tokens: z.array(z.string()),
    prompt: z.string(),
    node_threshold: z.number().optional(),
    info: z
      .object({ description: z.string(), generator: z.object({ name: z.string() }) })
      .optional(),
  }),
  qParams: z.object({}),
  nodes: z.array(
    z.object({
      node_id: z.string(),
      feature: z.int().nullable(),
      layer: z.union([z.string(), z.int()]),
      ctx_idx: z.int(),
      feature_type: z.enum([
        'cross layer transcoder',
        'mlp reconstruction error',
        'embedding',
        'logit',
      ]),
      jsNodeId: z.string(),
      clerp: z.string(),
      influence: z.number().nullable(),
      activation: z.number().nullable(),
    }),
  ),
  links: z.array(z.object({ source: z.string(), target: z.string(), weight: z.number() })),
});

const node = (given: Partial<GraphNodeRow>): GraphNodeRow => ({
  sample_id: 'colors_short_t0.8_0',
  node_id: 'tc_2_31@1',
  kind: 'feature',
  layer: 2,
  pos: 1,
  token: ' Red',
  place: 'its last token',
  feature_id: 'tc_2_31',
  activation: 2.5,
  in_graph: true,
  influence: 0.3,
  predicted: -0.1,
  measured: null,
  measured_attention_held: null,
  ...given,
});
const PLAIN = { feature_id: null, activation: null } as const;

const NODES: readonly GraphNodeRow[] = [
  node({ ...PLAIN, node_id: 'p_end − p_again', kind: 'target', layer: 6, influence: 1 }),
  node({}),
  node({ ...PLAIN, node_id: 'error_0@1', kind: 'error', layer: 0, influence: 0.1 }),
  node({ ...PLAIN, node_id: 'token@0', kind: 'embedding', layer: -1, pos: 0, influence: 0.6 }),
];

const graph = () =>
  viewerGraph(
    {
      nodes: NODES,
      edges: [
        { source: 'token@0', target: 'tc_2_31@1' },
        { source: 'tc_2_31@1', target: 'p_end − p_again' },
        { source: 'error_0@1', target: 'p_end − p_again' },
      ].map((ends) => ({
        ...ends,
        sample_id: 'colors_short_t0.8_0',
        weight: 0.5,
        share: 0.2,
        influence: 0.1,
        tested: false,
        predicted: null,
        measured: null,
      })),
      scores: {
        sample_id: 'colors_short_t0.8_0',
        n_tokens: 2,
        p_end: 0.25,
        p_again: 0.5,
        n_active: 9,
        n_explored: 3,
        n_nodes: 3,
        n_edges: 3,
        replacement: 0.8,
        completeness: 0.9,
        replacement_of_logits: 0.8,
        completeness_of_logits: 0.9,
        unexplored: 0,
      },
      model: 'a/model',
      tokens: [
        { token_id: 2, token: '<bos>' },
        { token_id: 77, token: ' Red' },
      ],
    },
    new Map([['tc_2_31', 'colours']]),
  );

test('a graph has what the viewers’ schema asks for', () => {
  VIEWER_SCHEMA.parse(JSON.parse(JSON.stringify(graph())));
});

test('nodes have the viewers’ names; an error’s is no feature’s', () => {
  const { nodes, links } = graph();
  assert.deepEqual(
    nodes.map(({ node_id, feature_type }) => [node_id, feature_type]),
    [
      ['7_0_1', 'logit'],
      ['2_31_1', 'cross layer transcoder'],
      ['0_-1_1', 'mlp reconstruction error'],
      ['E_2_0', 'embedding'],
    ],
  );
  const ids = new Set(nodes.map(({ node_id }) => node_id));
  assert.ok(links.every(({ source, target }) => ids.has(source) && ids.has(target)));
});

test('features have one number for layer and index, labels where they are known, and influence as viewers sum it', () => {
  const { nodes, metadata } = graph();
  const [target, feature, error, embedding] = nodes;
  assert.equal(feature!.feature, ((2 + 31) * (2 + 31 + 1)) / 2 + 31);
  assert.equal(feature!.clerp, 'colours');
  assert.match(target!.clerp, /\(p=0\.250\)/);
  assert.deepEqual(
    [embedding, feature, error, target].map(
      (each) => each!.influence && Number(each!.influence.toFixed(6)),
    ),
    [0.6, 0.9, 1, null],
  );
  assert.equal(metadata.prompt, '<bos> Red');
});
