# Writes small random SAEs with SAELens' own classes, and what SAELens computes with them: python make.py FOLDER
import json
import os
import sys

import numpy as np
import torch
from safetensors.torch import save_file
import sae_lens
from sae_lens import (
    SAE, BatchTopKTrainingSAE, BatchTopKTrainingSAEConfig, GatedSAE, GatedSAEConfig, JumpReLUSAE, JumpReLUSAEConfig,
    JumpReLUSkipTranscoder, JumpReLUSkipTranscoderConfig, JumpReLUTranscoder, JumpReLUTranscoderConfig, SkipTranscoder,
    SkipTranscoderConfig, StandardSAE, StandardSAEConfig, TopKSAE, TopKSAEConfig, Transcoder, TranscoderConfig,
)

OUT = sys.argv[1]
torch.set_num_threads(1)
D, F, ROWS = 6, 16, 8
TOLERANCE = 2e-6  # of the largest value, and at least of 1: sums in single precision
rng = torch.Generator().manual_seed(22)


def draw(*shape, scale=1.0, mean=0.0):
    return mean + scale * torch.randn(*shape, generator=rng)


def fill(sae, d_out=D):
    """Random values for every parameter, so that none is what it was made with."""
    values = {
        'W_enc': draw(D, F, scale=0.5), 'W_dec': draw(F, d_out, scale=0.5), 'b_dec': draw(d_out, scale=0.4),
        'b_enc': draw(F, scale=0.3), 'b_gate': draw(F, scale=0.3), 'b_mag': draw(F, scale=0.3),
        'r_mag': draw(F, scale=0.4), 'threshold': draw(F, scale=0.2, mean=0.4), 'W_skip': draw(d_out, D, scale=0.5),
    }
    for name, parameter in sae.named_parameters():
        parameter.data = values[name].to(parameter.dtype)
    return sae


def meta(**more):
    return sae_lens.saes.sae.SAEMetadata(
        model_name='small', model_class_name='HookedTransformer', hook_head_index=None, context_size=128,
        seqpos_slice=(None,), model_from_pretrained_kwargs={'center_writing_weights': False}, prepend_bos=True,
        exclude_special_tokens=False, **more)


def save(name, sae):
    names.append(name)
    sae.save_model(f'{OUT}/{name}')


def old(name, cfg, **arrays):
    names.append(name)
    os.makedirs(f'{OUT}/{name}', exist_ok=True)
    save_file(arrays, f'{OUT}/{name}/sae_weights.safetensors')
    with open(f'{OUT}/{name}/cfg.json', 'w') as file:
        json.dump(cfg, file)


os.makedirs(OUT, exist_ok=True)
names = []
sizes = dict(d_in=D, d_sae=F)
post, mlp = 'blocks.3.hook_resid_post', 'blocks.2.hook_mlp_out'
tc = dict(d_out=5, apply_b_dec_to_input=False)
save('standard', fill(StandardSAE(StandardSAEConfig(**sizes, metadata=meta(hook_name=post)))))
save('standard_bfloat16', fill(StandardSAE(StandardSAEConfig(
    **sizes, dtype='bfloat16', apply_b_dec_to_input=False, metadata=meta(hook_name='model.layers.4')))))
save('gated', fill(GatedSAE(GatedSAEConfig(**sizes, metadata=meta(hook_name=post)))))
save('topk', fill(TopKSAE(TopKSAEConfig(
    **sizes, k=4, rescale_acts_by_decoder_norm=True, metadata=meta(hook_name=mlp)))))
save('jumprelu', fill(JumpReLUSAE(JumpReLUSAEConfig(
    **sizes, apply_b_dec_to_input=False, reshape_activations='hook_z', metadata=meta(hook_name='blocks.1.attn.hook_z')))))
batchtopk = fill(BatchTopKTrainingSAE(BatchTopKTrainingSAEConfig(**sizes, k=4, metadata=meta(hook_name=post))))
batchtopk.topk_threshold.fill_(0.35)
batchtopk.save_inference_model(f'{OUT}/batchtopk')
names.append('batchtopk')
save('transcoder', fill(Transcoder(TranscoderConfig(
    **sizes, **tc, metadata=meta(hook_name='blocks.2.ln2.hook_normalized', hook_name_out=mlp))), 5))
save('skip_transcoder', fill(SkipTranscoder(SkipTranscoderConfig(
    **sizes, **tc, metadata=meta(hook_name='blocks.2.mlp.hook_in', hook_name_out=mlp))), 5))
save('jumprelu_transcoder', fill(JumpReLUTranscoder(JumpReLUTranscoderConfig(
    **sizes, **tc, metadata=meta(hook_name='blocks.2.ln2.hook_normalized', hook_name_out=mlp))), 5))
save('jumprelu_skip_transcoder', fill(JumpReLUSkipTranscoder(JumpReLUSkipTranscoderConfig(
    **sizes, **tc, metadata=meta(
        hook_name='blocks.2.hook_mlp_in', hook_name_out=mlp,
        hf_hook_name='model.layers.2.pre_feedforward_layernorm.output',
        hf_hook_name_out='model.layers.2.post_feedforward_layernorm.output'))), 5))
plain = lambda: dict(W_enc=draw(D, F, scale=0.5), W_dec=draw(F, D, scale=0.5), b_enc=draw(F, scale=0.3), b_dec=draw(D, scale=0.4))
# As SAELens 0 wrote them: the run of a training, with the hook under its old name, and no architecture.
old('standard_0', {
    'model_name': 'small', 'hook_point': 'blocks.4.hook_resid_pre', 'hook_point_layer': 4, 'hook_point_head_index': None,
    'dataset_path': 'texts', 'is_dataset_tokenized': False, 'context_size': 128, 'use_cached_activations': False,
    'd_in': D, 'n_batches_in_buffer': 128, 'total_training_tokens': 300000, 'store_batch_size': 32, 'device': 'cpu', 'seed': 42,
    'dtype': 'torch.float32', 'b_dec_init_method': 'geometric_median', 'expansion_factor': 3, 'from_pretrained_path': None,
    'l1_coefficient': 8e-05, 'lr': 0.0004, 'lr_scheduler_name': None, 'lr_warm_up_steps': 5000, 'train_batch_size': 4096,
    'use_ghost_grads': False, 'feature_sampling_window': 1000, 'feature_sampling_method': None, 'resample_batches': 1028,
    'feature_reinit_scale': 0.2, 'dead_feature_window': 5000, 'dead_feature_estimation_method': 'no_fire',
    'dead_feature_threshold': 1e-08, 'log_to_wandb': True, 'wandb_log_frequency': 100, 'n_checkpoints': 10,
    'checkpoint_path': 'checkpoints', 'd_sae': F, 'tokens_per_buffer': 67108864, 'run_name': 'small',
}, **plain(), scaling_factor=torch.ones(F))
# As SAELens 4 wrote them: TopK as a function of a standard SAE.
old('topk_4', {
    'architecture': 'standard', 'd_in': D, 'd_sae': F, 'dtype': 'float32', 'device': 'cuda', 'model_name': 'small',
    'hook_name': mlp, 'hook_layer': 2, 'hook_head_index': None, 'activation_fn_str': 'topk', 'activation_fn_kwargs': {'k': 5},
    'apply_b_dec_to_input': False, 'finetuning_scaling_factor': False, 'sae_lens_training_version': '4.4.5', 'prepend_bos': True,
    'dataset_path': 'texts', 'dataset_trust_remote_code': True, 'context_size': 256, 'normalize_activations': 'none',
    'neuronpedia_id': None, 'model_from_pretrained_kwargs': {}, 'seqpos_slice': [None], 'l1_coefficient': 4, 'lp_norm': 1,
    'use_ghost_grads': False, 'normalize_sae_decoder': False, 'noise_scale': 0.0, 'decoder_orthogonal_init': False,
    'init_encoder_as_decoder_transpose': True, 'mse_loss_normalization': None, 'decoder_heuristic_init': True,
    'scale_sparsity_penalty_by_decoder_norm': True, 'jumprelu_init_threshold': 0.001, 'jumprelu_bandwidth': 0.001,
}, **plain())

reference, arrays, l0 = {}, {}, {}
MEANING = {
    'x': 'what the SAE reads',
    'acts': 'encode(x), computed in double precision',
    'reconstruction': 'forward(x), computed in double precision: decode(encode(x)), and the skip connection where there is one',
}
for name in sorted(names):
    sae = SAE.load_from_disk(f'{OUT}/{name}', dtype='float64')
    x = draw(ROWS, D).double()
    read = x.reshape(ROWS, 2, D // 2) if name == 'jumprelu' else x  # two heads
    with torch.no_grad():
        acts, rebuilt = sae.encode(read), sae(read).reshape(ROWS, -1)
    l0[name] = round((acts > 0).sum(-1).double().mean().item(), 2)
    for what, value in dict(x=x, acts=acts, reconstruction=rebuilt).items():
        stored = value.float().numpy()
        reference[f'{name} {what}'] = stored
        tol = 'exact' if what == 'x' else float(f'{TOLERANCE * max(1, abs(stored).max()):.1e}')
        arrays[f'{name} {what}'] = {'shape': list(stored.shape), 'dtype': 'float32', 'desc': MEANING[what], 'tol': tol}
np.savez_compressed(f'{OUT}/reference.npz', **reference)
with open(f'{OUT}/manifest.json', 'w') as file:
    json.dump({
        'generated_by': 'make.py',
        'versions': {'sae_lens': sae_lens.__version__, 'torch': torch.__version__.split('+')[0], 'numpy': np.__version__},
        'mean_l0': l0,
        'files': {'reference.npz': arrays},
    }, file, indent=1)
    file.write('\n')
print(l0)
