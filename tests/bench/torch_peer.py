#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The same network in eager PyTorch, for comparison.

torch_peer.py DIR N...: as torch-peer (torch_peer.cc), the plain form alone.
"""
import array
import json
import sys
import time

import torch
from torch.nn import functional

D, H, L, F, K, S, P = 16, 4, 2, 64, 64, 5, 5
BATCH, BATCH_SERVERS = 256, 16


def read_floats(path, *shape):
    data = array.array("f")
    with open(path, "rb") as file:
        data.frombytes(file.read())
    return torch.tensor(data).reshape(shape)


class Net:
    """Parameters in the order of the model file."""

    def __init__(self, path):
        self.data, self.at = read_floats(path, -1), 0
        self.all = []
        self.task0, self.task2 = self.dense(D, P), self.dense(D, D)
        self.server0, self.server2 = self.dense(D, S), self.dense(D, D)
        self.blocks = [self.block() for _ in range(L)]
        self.actor_q, self.actor_k = self.take(D, D), self.take(D, D)
        self.critic = [self.dense(K, D), self.dense(K, K),
                       self.dense(1, K)]
        assert self.at == len(self.data)

    def take(self, *shape):
        count = torch.Size(shape).numel()
        t = self.data[self.at:self.at + count].reshape(shape).clone()
        self.at += count
        self.all.append(t)
        return t

    def dense(self, out, size):
        return self.take(out, size), self.take(out)

    def norm(self):
        return self.take(D), self.take(D)

    def block(self):
        return ([self.take(D, D) for _ in "qkvo"], self.norm(),
                self.dense(F, D), self.dense(D, F), self.norm())


def norm(parameters, x):
    return functional.layer_norm(x, (D,), *parameters, 1e-5)


def forward(net, phi, psi):
    """phi [B][P], psi [B][N][S].  RET logits, value, feature"""
    linear, relu = functional.linear, functional.relu
    b, n = psi.shape[:2]
    q = linear(relu(linear(phi, *net.task0)), *net.task2)
    z = linear(relu(linear(psi, *net.server0)), *net.server2)
    for (wq, wk, wv, wo), norm1, ffn0, ffn2, norm2 in net.blocks:
        query = linear(q, wq).view(b, H, 1, D // H)
        key = linear(z, wk).view(b, n, H, D // H).permute(0, 2, 3, 1)
        value = linear(z, wv).view(b, n, H, D // H).permute(0, 2, 1, 3)
        weight = torch.softmax(query @ key / (D // H) ** 0.5, -1)
        q = norm(norm1, q + linear((weight @ value).view(b, D), wo))
        h = functional.gelu(linear(q, *ffn0))
        q = norm(norm2, q + linear(h, *ffn2))
    pointer = linear(q, net.actor_q).unsqueeze(-1)
    logits = (linear(z, net.actor_k) @ pointer).squeeze(-1)
    v = relu(linear(q, *net.critic[0]))
    v = relu(linear(v, *net.critic[1]))
    return logits, linear(v, *net.critic[2]).squeeze(-1), q


def median_us(function):
    """As decide-bench measures: the median of 101 runs of about 100 us."""
    for _ in range(10):
        function()
    start = time.perf_counter()
    function()
    repeat = int(1e-4 / (time.perf_counter() - start)) + 1
    times = []
    for _ in range(101):
        start = time.perf_counter()
        for _ in range(repeat):
            function()
        times.append((time.perf_counter() - start) / repeat)
    return 1e6 * sorted(times)[50]


def decision(net, where, n):
    phi = read_floats(where + "/task.f32", 1, P)
    psi = read_floats("%s/psi-%d.f32" % (where, n), S, n)
    psi = psi.t().contiguous()[None]
    with torch.inference_mode():
        us = median_us(lambda: forward(net, phi, psi)[0].argmax().item())
        logits, value, _ = forward(net, phi, psi)
    return {"servers": n, "plain_us": us, "logit": [logits[0, 0].item()],
            "value": [value[0].item()]}


def loss_of(net, phi, psi, action, old, advantage, ret):
    """Eq. (5), all weights on."""
    logits, value, f = forward(net, phi, psi)
    log_pi = torch.log_softmax(logits, -1)
    ratio = torch.exp(log_pi.gather(1, action).squeeze(1) - old)
    a = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
    clip = -torch.min(ratio * a, ratio.clamp(0.8, 1.2) * a).mean()
    vf = (ret - value).square().mean()
    entropy = -(log_pi.exp() * log_pi).sum(1).mean()
    mean = f.mean(0)
    cov = (f - mean).t() @ (f - mean) / (len(f) - 1)
    var = cov.diagonal()
    l_c = cov.abs().sum() - var.abs().sum()
    l_d = (mean.square() + var - var.log() - 1).sum() / (2 * D)
    return clip + 0.5 * vf - 0.01 * entropy + 0.01 * l_c + 0.001 * l_d


def updates_per_sec(net):
    torch.manual_seed(1)
    batch = (torch.randn(BATCH, P), torch.randn(BATCH, BATCH_SERVERS, S),
             torch.randint(BATCH_SERVERS, (BATCH, 1)),
             torch.full((BATCH,), -2.77), torch.randn(BATCH),
             torch.randn(BATCH))
    for t in net.all:
        t.requires_grad_()
    adam = torch.optim.Adam(net.all, 3e-4)

    def update():
        adam.zero_grad()
        loss_of(net, *batch).backward()
        torch.nn.utils.clip_grad_norm_(net.all, 0.5)
        adam.step()
    return 1e6 * BATCH / median_us(update)


def main():
    torch.set_num_threads(1)
    where, sizes = sys.argv[1], sys.argv[2:]
    net = Net(where + "/params.f32")
    print(json.dumps({
        "name": "PyTorch %s" % torch.__version__,
        "threads": torch.get_num_threads(),
        "decisions": [decision(net, where, int(n)) for n in sizes],
        "update_transitions_per_s": updates_per_sec(net)}))


if __name__ == "__main__":
    main()
