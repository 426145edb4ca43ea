#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""SPEC sections 4 and 5 once more, in PyTorch, against scale-model gradient.

autograd_test.py SCALE_MODEL: random networks and batches of states with
different N; every tensor's gradient and every term of the loss must agree
within 1e-4 of the largest element.
"""
import json
import math
import os
import struct
import subprocess
import sys
import tempfile

import torch
from torch.nn.functional import gelu, layer_norm, linear, relu

torch.set_default_dtype(torch.float64)
TOLERANCE = 1e-4
HEADS, LAYERS = 4, 2


def read_model(path):
    data = open(path, "rb").read()
    length, = struct.unpack_from("<Q", data)
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__")
    tensors = {}
    for name, info in header.items():
        begin, end = info["data_offsets"]
        values = struct.unpack_from("<%df" % ((end - begin) // 4), data,
                                    8 + length + begin)
        tensors[name] = torch.tensor(values).reshape(
            info["shape"]).requires_grad_()
    return tensors


def dense(t, name, x):
    return linear(x, t[name + ".weight"], t.get(name + ".bias"))


def embed(t, name, x):
    return dense(t, name + ".2", relu(dense(t, name + ".0", x)))


def norm(t, name, x):
    return layer_norm(x, x.shape[-1:], t[name + ".weight"],
                      t[name + ".bias"], 1e-5)


def attention(t, name, q, z):
    """Eq. (3): one query over the servers, projected head by head."""
    heads = [dense(t, name + s, x).reshape(len(x), HEADS, -1).transpose(0, 1)
             for s, x in ((".q", q[None]), (".k", z), (".v", z))]
    query, keys, values = heads
    score = query @ keys.transpose(1, 2) / math.sqrt(query.shape[-1])
    mixed = torch.softmax(score, -1) @ values
    return dense(t, name + ".o", mixed.reshape(-1))


def forward(t, state):
    q = embed(t, "task_embed", torch.tensor(state["task"]))
    z = embed(t, "server_embed", torch.tensor(state["servers"]))
    for i in range(LAYERS):
        block = "blocks.%d." % i
        q = norm(t, block + "norm1", q + attention(t, block + "attn", q, z))
        h = dense(t, block + "ffn.2", gelu(dense(t, block + "ffn.0", q)))
        q = norm(t, block + "norm2", q + h)
    logits = dense(t, "actor.k", z) @ dense(t, "actor.q", q)
    v = relu(dense(t, "critic.2", relu(dense(t, "critic.0", q))))
    return logits, dense(t, "critic.4", v)[0], q


def log_softmax(logits, state, mask):
    if mask:
        free = [a and b for a, b in zip(state["idle"], state["fits"])]
        logits = logits.masked_fill(~torch.tensor(free), -math.inf)
    return torch.log_softmax(logits, 0)


def loss(t, b):
    """Eq. (5).  RET total, terms"""
    out = [forward(t, s) for s in b["states"]]
    log_pi = [log_softmax(o[0], s, b["mask"])
              for o, s in zip(out, b["states"])]
    value = torch.stack([o[1] for o in out])
    f = torch.stack([o[2] for o in out])
    advantage = torch.tensor(b["advantages"])
    if b["normalize_advantages"]:
        advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
    chosen = torch.stack([p[a] for p, a in zip(log_pi, b["actions"])])
    ratio = torch.exp(chosen - torch.tensor(b["old_log_probs"]))
    cut = torch.clamp(ratio, 1 - b["clip"], 1 + b["clip"])
    clip = -torch.min(ratio * advantage, cut * advantage).mean()
    vf = ((torch.tensor(b["returns"]) - value) ** 2).mean()
    finite = [p[p > -math.inf] for p in log_pi]
    entropy = -torch.stack([(p.exp() * p).sum() for p in finite]).mean()
    centred = f - f.mean(0)
    cov = centred.T @ centred / (len(f) - 1)
    l_c = (cov - torch.diag(torch.diag(cov))).abs().sum()
    var = torch.diag(cov)
    l_d = (f.mean(0) ** 2 + var - var.log() - 1).sum() / (2 * f.shape[1])
    total = clip + b["c1"] * vf - b["c2"] * entropy + b["srr_weight"] * (
        b["lambda1"] * l_c + b["lambda2"] * l_d)
    return total, {"clip": clip, "value": vf, "entropy": entropy,
                   "decorrelation": l_c, "kl": l_d}


def numbers(rng, *shape):
    """Numbers that float32 holds exactly."""
    x = torch.randn(*shape, generator=rng) if shape else torch.tensor(0.0)
    return x.to(torch.float32).to(torch.float64).tolist()


def random_batch(t, rng, sizes, **settings):
    b = {"states": [], "actions": [], "old_log_probs": [],
         "advantages": numbers(rng, len(sizes)),
         "returns": numbers(rng, len(sizes)), "clip": 0.2, "c1": 0.5,
         "c2": 0.01, "lambda1": 0.01, "lambda2": 0.001, "srr_weight": 1.0,
         "normalize_advantages": False, "mask": False}
    b.update(settings)
    for n in sizes:
        action = int(torch.randint(n, (1,), generator=rng))
        state = {"task": numbers(rng, 5), "servers": numbers(rng, n, 5)}
        for key in ("idle", "fits"):
            free = (torch.rand(n, generator=rng) < 0.7).tolist()
            free[action] = True
            state[key] = free
        with torch.no_grad():
            p = log_softmax(forward(t, state)[0], state, b["mask"])[action]
        old = p + 0.3 * torch.randn(1, generator=rng)[0]
        b["states"].append(state)
        b["actions"].append(action)
        b["old_log_probs"].append(
            old.to(torch.float32).to(torch.float64).item())
    return b


def difference(got, want):
    return ((got - want).abs().max() / want.abs().max().clamp(1e-6)).item()


def check(program, folder, seed, sizes, **settings):
    """RET the largest difference"""
    model = os.path.join(folder, "m.safetensors")
    subprocess.run([program, "init", "--seed", str(seed), "-o", model],
                   check=True)
    t = read_model(model)
    batch = random_batch(t, torch.Generator().manual_seed(seed), sizes,
                         **settings)
    total, terms = loss(t, batch)
    total.backward()
    got = json.loads(subprocess.run(
        [program, "gradient", model, "-"], input=json.dumps(batch).encode(),
        stdout=subprocess.PIPE, check=True).stdout)
    assert set(got["grad"]) == set(t)
    worst = {"loss": difference(torch.tensor(got["loss"]), total.detach())}
    for name, term in terms.items():
        worst[name] = difference(torch.tensor(got["terms"][name]),
                                 term.detach())
    for name, tensor in t.items():
        worst[name] = difference(
            torch.tensor(got["grad"][name]).reshape(tensor.shape),
            tensor.grad)
    name = max(worst, key=worst.get)
    assert worst[name] < TOLERANCE, "seed %d: %s differs by %.2g" % (
        seed, name, worst[name])
    return worst[name]


def main():
    mixed = [1, 2, 3, 5, 8, 15, 16, 17, 33, 64, 4, 7]
    cases = [
        (mixed, {}),
        (mixed, {"normalize_advantages": True, "mask": True}),
        ([16] * 64, {"normalize_advantages": True}),
        ([300, 1, 257], {"mask": True}),
        ([3, 2], {"c2": 1.0, "lambda1": 1.0, "lambda2": 1.0}),
        (mixed, {"srr_weight": 0.0, "clip": 0.05}),
    ]
    with tempfile.TemporaryDirectory() as folder:
        for seed, (sizes, settings) in enumerate(cases):
            worst = check(sys.argv[1], folder, seed, sizes, **settings)
            print("%d states: within %.1e" % (len(sizes), worst))


main()
