/**
 * Fields of a config.json that do not change a model's logits for given token ids. A field that is neither here nor in
 * the schema of the model's family is refused.
 */
export const HARMLESS_KEYS: ReadonlySet<string> = new Set(
  [
    // Names and versions.
    'architectures model_type _name_or_path name_or_path transformers_version auto_map custom_pipelines',
    'transformers.js_config is_llama_config tokenizer_class unsloth_fixed unsloth_version',
    // Storage and execution.
    'torch_dtype dtype use_bfloat16 torchscript tf_legacy_loss _attn_implementation attn_implementation',
    '_attn_implementation_autoset use_cache cache_implementation pretraining_tp chunk_size_feed_forward',
    // Additional outputs.
    'return_dict output_attentions output_hidden_states output_scores return_dict_in_generate',
    // Training.
    'initializer_range attention_dropout hidden_dropout resid_pdrop embd_pdrop',
    // Special tokens.
    'bos_token_id eos_token_id pad_token_id sep_token_id decoder_start_token_id forced_bos_token_id',
    'forced_eos_token_id',
    // Generation.
    'max_length min_length max_new_tokens do_sample early_stopping num_beams num_beam_groups diversity_penalty',
    'temperature top_k top_p typical_p repetition_penalty length_penalty no_repeat_ngram_size',
    'encoder_no_repeat_ngram_size bad_words_ids num_return_sequences remove_invalid_values prefix',
    'exponential_decay_length_penalty suppress_tokens begin_suppress_tokens',
    // Tasks other than next-token prediction.
    'finetuning_task id2label label2id num_labels problem_type task_specific_params is_decoder',
    'cross_attention_hidden_size tie_encoder_decoder',
  ].flatMap((line) => line.split(' ')),
);
