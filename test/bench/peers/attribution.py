"""Attribution to the features of SAEs as one would write it in PyTorch, tuned: the peer of test/bench/peer-attribution.ts.

One forward pass, and one backward pass from the hook on, serve all SAEs; no weight has a gradient. For each SAE two
products with all of its features, then the rankings, either of all features or of the active ones alone, as asked.

python attribution.py MODEL_DIR SAE_NPZ
Reads a line of JSON for each run: ids [rows][length], pair, threshold, saes, top, top_of_part, lengths, ranking
("all" or "active"). Writes a line: the seconds it took, and what the last SAE's ranking begins with.
"""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F


def read_safetensors(path):
    """Float32 tensors of a file in the format of safetensors."""
    data = np.memmap(path, dtype=np.uint8, mode="r")
    size = int(data[:8].view(np.uint64)[0])
    header = json.loads(data[8 : 8 + size].tobytes())
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = entry["data_offsets"]
        values = np.array(data[8 + size + start : 8 + size + end]).view(np.float32)
        tensors[name] = torch.from_numpy(values.reshape(entry["shape"]))
    return tensors


class Gemma2:
    """Gemma 2 (arXiv 2408.00118) on sequences shorter than its sliding window. No padding."""

    def __init__(self, folder):
        self.config = json.loads((folder / "config.json").read_text())
        self.weights = read_safetensors(folder / "model.safetensors")

    def norm(self, name, x):
        weight = 1 + self.weights[f"{name}.weight"]
        return F.rms_norm(x, weight.shape, weight, self.config["rms_norm_eps"])

    def embed(self, ids):
        return self.weights["model.embed_tokens.weight"][ids] * self.config["hidden_size"] ** 0.5

    def layer(self, index, x):
        at = f"model.layers.{index}"
        attention = self.attention(f"{at}.self_attn", self.norm(f"{at}.input_layernorm", x))
        x = x + self.norm(f"{at}.post_attention_layernorm", attention)
        mlp = self.mlp(f"{at}.mlp", self.norm(f"{at}.pre_feedforward_layernorm", x))
        return x + self.norm(f"{at}.post_feedforward_layernorm", mlp)

    def linear(self, name, x):
        return F.linear(x, self.weights[f"{name}.weight"])

    def mlp(self, at, x):
        gate = F.gelu(self.linear(f"{at}.gate_proj", x), approximate="tanh")
        return self.linear(f"{at}.down_proj", gate * self.linear(f"{at}.up_proj", x))

    def attention(self, at, x):
        rows, length, _ = x.shape
        heads, kv = self.config["num_attention_heads"], self.config["num_key_value_heads"]
        split = lambda y, n: y.view(rows, length, n, -1).transpose(1, 2)
        q = self.rotate(split(self.linear(f"{at}.q_proj", x), heads))
        k = self.rotate(split(self.linear(f"{at}.k_proj", x), kv)).repeat_interleave(heads // kv, 1)
        v = split(self.linear(f"{at}.v_proj", x), kv).repeat_interleave(heads // kv, 1)
        cap = self.config["attn_logit_softcapping"]
        scores = q @ k.transpose(-1, -2) * self.config["query_pre_attn_scalar"] ** -0.5
        later = torch.ones(length, length, dtype=torch.bool).triu(1)
        pattern = (torch.tanh(scores / cap) * cap).masked_fill(later, float("-inf")).softmax(-1)
        z = (pattern @ v).transpose(1, 2).reshape(rows, length, -1)
        return self.linear(f"{at}.o_proj", z)

    def rotate(self, x):
        half = x.shape[-1] // 2
        frequencies = self.config["rope_theta"] ** (-torch.arange(half) / half)
        angles = torch.arange(x.shape[-2])[:, None] * frequencies
        cos, sin = angles.cos(), angles.sin()
        a, b = x[..., :half], x[..., half:]
        return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)

    def logits(self, x):
        cap = self.config["final_logit_softcapping"]
        raw = F.linear(self.norm("model.norm", x), self.weights["model.embed_tokens.weight"])
        return torch.tanh(raw / cap) * cap


def gradient_at_hook(model, ids, pair):
    """The residual stream after the first layer, and the gradient there of the summed logit difference at the end."""
    with torch.no_grad():
        hook = model.layer(0, model.embed(ids))
    hook.requires_grad_()
    x = hook
    for index in range(1, model.config["num_hidden_layers"]):
        x = model.layer(index, x)
    logits = model.logits(x[:, -1])
    metric = (logits[:, pair[0]] - logits[:, pair[1]]).sum()
    (gradient,) = torch.autograd.grad(metric, hook)
    return hook.detach(), gradient


@torch.inference_mode()
def attribute(sae, threshold, x, gradient):
    """Attributions and activations [rows, positions, features], BOS left out."""
    rows, length, d = x.shape
    flat = lambda y: y[:, 1:].reshape(-1, d)
    acts = F.threshold(torch.addmm(sae["b_enc"], flat(x), sae["W_enc"]), threshold, 0)
    attributions = (flat(gradient) @ sae["W_dec"].T).mul_(acts)
    return attributions.view(rows, length - 1, -1), acts.view(rows, length - 1, -1)


@torch.inference_mode()
def reduce(attributions, acts, asked):
    rows, length, features = attributions.shape
    sums = attributions.sum(1), attributions.sum(2), acts.amax(1)
    rank = rank_all if asked["ranking"] == "all" else rank_active
    parts = [max(0, end - 1) for end in asked["lengths"]]
    return sums, [rank(attributions[row], acts[row], parts, asked) for row in range(rows)]


def rank_all(attributions, _, parts, asked):
    flat = attributions.flatten()
    largest = lambda values, k: values.topk(min(k, values.numel()))
    magnitude = largest(flat.abs(), asked["top"])
    ranked = [largest(attributions[:end].flatten(), asked["top_of_part"]) for end in parts]
    return [largest(flat, asked["top"]), magnitude, *ranked]


def rank_active(attributions, acts, parts, asked):
    index = acts.flatten().nonzero().flatten()
    values = attributions.flatten()[index]
    width = acts.shape[-1]

    def largest(values, k):
        found, at = values.topk(min(k, values.numel()))
        return found, index[at]

    ranked = [largest(values[: int((index < end * width).sum())], asked["top_of_part"]) for end in parts]
    return [largest(values, asked["top"]), largest(values.abs(), asked["top"]), *ranked]


def run(model, sae, asked):
    start = time.perf_counter()
    x, gradient = gradient_at_hook(model, torch.tensor(asked["ids"]), asked["pair"])
    for _ in range(asked["saes"]):
        attributions, acts = attribute(sae, asked["threshold"], x, gradient)
        _, rankings = reduce(attributions, acts, asked)
    seconds = time.perf_counter() - start
    width = attributions.shape[-1]
    values, index = rankings[0][0]
    top = [[int(i) // width + 1, int(i) % width, float(v)] for v, i in zip(values[:5], index[:5])]
    l0 = float((acts > 0).sum() / acts[..., 0].numel())
    return {"seconds": seconds, "l0": l0, "top": top, "torch": torch.__version__}


def main(model_dir, sae_path):
    torch.set_num_threads(os.cpu_count())
    model = Gemma2(Path(model_dir))
    sae = {name: torch.from_numpy(values) for name, values in np.load(sae_path).items()}
    for line in sys.stdin:
        print(json.dumps(run(model, sae, json.loads(line))), flush=True)


main(*sys.argv[1:])
