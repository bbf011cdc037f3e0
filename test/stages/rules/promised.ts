/** The columns that readers rely on. */
export const PROMISED: Record<string, string> = {
  completions:
    'sample_id template topic temperature replicate n_items n_tokens n_repeats loops ended text token_ids',
  items: 'sample_id item_index items_from_end text n_tokens blank_after pos_last_token pos_newline',
  tokens: 'sample_id pos token_id token is_prompt item_index kind',
  entropy:
    'sample_id condition item_index items_from_end position_kind entropy p_end p_again p_item_end p_item_again p_newline_end p_newline_again',
  token_entropy: 'sample_id pos entropy p_realised',
  authorship: 'author list_id item_index entropy p_end log_likelihood_per_token',
  sae_quality: 'sae_id hook layer position_kind l0 fvu loss_recovered n_dead n_features',
  attributions:
    'sample_id sae_id metric pos feature feature_act attribution gradient rank rank_in_prompt rank_in_prefix',
  ablations:
    'sample_id sae_id protocol arm k draw n_items n_tokens n_repeats shannon_index ended blank_before_end text token_ids',
  ablation_edits: 'sample_id sae_id protocol arm pos feature feature_act value attribution rank',
  ablation_metric: 'sample_id sae_id protocol arm k predicted measured',
  ablation_effects:
    'sae_id topic protocol arm k metric mean variance ci_low ci_high arm_mean p p_adjusted n',
  prediction_quality: 'sae_id protocol rank_correlation sign_agreement n',
  claims: 'claim_id section claim study test value verdict',
  verdict_power: 'claim_id truth verdict share',
  features: 'feature_id sae_id feature family n_samples topic_entropy explanation',
  cluster_maps: 'sae_id axis leaf leaf_order',
  token_attributions: 'sample_id sae_id metric pos features gradient error bias',
  attribution_sums:
    'sample_id sae_id metric path features gradient error bias metric_start metric_end completeness_error n_points',
  exact_effects: 'sample_id sae_id path pos feature feature_act value gradient integrated effect',
  attribution_agreement:
    'sae_id method path sign_by_mass rank_correlation completeness_error ci_low ci_high n',
  swap_attributions:
    'sample_id sae_id pos feature feature_act swapped_act attribution gradient rank_in_prompt rank_in_prefix',
  feature_logits: 'feature_id sae_id feature effect rank token logit',
  feature_contexts: 'feature_id sae_id feature rank sample_id peak_pos first_pos activations',
  patching: 'layer position_kind share ci_low ci_high n direction',
  layer_heuristics: 'heuristic n_layers faithfulness memory_mb seconds',
  logit_lens: 'sample_id proxy item_index items_from_end layer logit_diff',
  baselines:
    'sample_id method layer strength n_items n_tokens n_repeats shannon_index ended blank_before_end cross_entropy text token_ids',
  baseline_effects:
    'method layer strength metric mean variance ci_low ci_high arm_mean p p_adjusted n',
  steering_vectors: 'template method layer difference_norm residual_norm n',
  ablation_damage: 'sample_id sae_id protocol arm cross_entropy',
  ablation_damage_effects: 'sae_id protocol arm mean variance ci_low ci_high arm_mean n',
  graph_nodes: 'sample_id node_id kind layer pos feature_id influence predicted measured',
  graph_edges: 'sample_id source target weight tested predicted measured',
  circuit_curves: 'sample_id ranking n_nodes faithfulness completeness',
  explanations:
    'feature_id sae_id feature method label detection_auc token_auc output_score shuffled_auc n_held_out',
  coverage: 'quantity estimator n_topics n_lists level coverage ci_low ci_high mean_width',
  baseline_costs:
    'method sae_id needs forward_passes backward_passes feature_edits added_vectors biased_tokens prompt_tokens extra_parameters',
};
