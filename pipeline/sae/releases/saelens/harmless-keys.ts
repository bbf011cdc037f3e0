/**
 * Keys of a `cfg.json`, and of its `metadata`, that change nothing of what an SAE computes when it is loaded: how it was trained,
 * on what, where it came from. They are those that SAELens 0 to 6 wrote, whole runs of a training among them.
 *
 * Source: SAELens, `sae_lens/config.py` and `sae_lens/saes/`, and configs on the hub.
 */
export const HARMLESS: ReadonlySet<string> = new Set(
  [
    // What it was made from, by what, and how large that was
    'model_name model_class_name model_kwargs dataset_path dataset_trust_remote_code streaming is_dataset_tokenized',
    'use_chat_formatting context_size prepend_bos exclude_special_tokens sequence_separator_token disable_concat_sequences',
    'sae_lens_training_version training_architecture training_architecture_details neuronpedia_id run_name seed verbose',
    'expansion_factor l0 num_dead_features hook_eval hook_point_eval',
    // Where it ran
    'device llm_device act_store_device autocast autocast_lm compile_llm compile_sae llm_compilation_mode sae_compilation_mode',
    'prefetch_llm_batches',
    // Activations, batches and steps of the training
    'use_cached_activations cached_activations_path new_cached_activations_path activations_mixing_fraction',
    'n_batches_in_buffer store_batch_size store_batch_size_prompts train_batch_size train_batch_size_tokens training_tokens',
    'total_training_tokens total_training_steps tokens_per_buffer finetuning_tokens finetuning_method n_eval_batches',
    'eval_batch_size_prompts n_batches_for_norm_estimate',
    // First weights, the loss and the optimiser
    'b_dec_init_method decoder_init_norm decoder_orthogonal_init decoder_heuristic_init init_encoder_as_decoder_transpose',
    'from_pretrained_path resume_from_checkpoint resume normalize_sae_decoder noise_scale mse_loss_normalization use_ghost_grads',
    'l1_coefficient lp_norm l1_warm_up_steps l0_coefficient l0_warm_up_steps scale_sparsity_penalty_by_decoder_norm',
    'aux_loss_coefficient use_sparse_activations topk_threshold_lr jumprelu_init_threshold jumprelu_bandwidth',
    'jumprelu_sparsity_loss_mode jumprelu_tanh_scale jumprelu_ste_to_input pre_act_loss_coefficient target_l0',
    'matryoshka_widths use_matryoshka_aux_loss adam_beta1 adam_beta2 lr lr_end lr_scheduler_name lr_warm_up_steps',
    'lr_decay_steps n_restart_cycles',
    // Dead features
    'dead_feature_window dead_feature_threshold dead_feature_estimation_method feature_sampling_window feature_sampling_method',
    'feature_reinit_scale resample_batches',
    // What was logged and kept
    'logger log_to_wandb log_activations_store_to_wandb log_optimizer_state_to_wandb log_weights_to_wandb wandb_project',
    'wandb_id wandb_entity wandb_log_frequency eval_every_n_wandb_logs n_checkpoints checkpoint_path save_final_checkpoint',
    'output_path',
  ]
    .join(' ')
    .split(' '),
);

/** Keys of `model_from_pretrained_kwargs` that would change a model's activations where they are true. */
export const PROCESSING: ReadonlySet<string> = new Set(
  'fold_ln center_writing_weights fold_value_biases refactor_factored_attn_matrices'.split(' '),
);

/** Keys of `model_from_pretrained_kwargs` that change no hook's value but by rounding. */
export const LOADING: ReadonlySet<string> = new Set(
  'center_unembed device device_map dtype torch_dtype n_devices trust_remote_code local_files_only cache_dir attn_implementation'.split(
    ' ',
  ),
);
