#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The network of SPEC section 4 in plain Python, from the bytes of a file.

reference.py MODEL STATE DECISION INFO: compare what scale-model decide and
info printed with what this file computes on its own.
"""
import json
import math
import struct
import sys


def read_model(path):
    """Tensors as {name: (shape, flat list)}, and the metadata."""
    data = open(path, "rb").read()
    length, = struct.unpack_from("<Q", data)
    header = json.loads(data[8:8 + length])
    meta = header.pop("__metadata__")
    tensors = {}
    for name, info in header.items():
        assert info["dtype"] == "F32"
        begin, end = info["data_offsets"]
        assert end - begin == 4 * math.prod(info["shape"])
        tensors[name] = (info["shape"], list(struct.unpack_from(
            "<%df" % ((end - begin) // 4), data, 8 + length + begin)))
    return tensors, meta


class Network:
    def __init__(self, tensors, meta):
        self.tensors = tensors
        sizes = [int(x) for x in meta["dims"].split(",")]
        self.heads, self.layers = sizes[3], sizes[4]

    def linear(self, name, x):
        (out, fan_in), w = self.tensors[name + ".weight"]
        bias = self.tensors.get(name + ".bias", (None, [0.0] * out))[1]
        assert len(x) == fan_in
        return [bias[o] + sum(w[o * fan_in + i] * x[i] for i in range(fan_in))
                for o in range(out)]

    def mlp(self, name, x, layers, act):
        for k in layers[:-1]:
            x = [act(v) for v in self.linear("%s.%d" % (name, k), x)]
        return self.linear("%s.%d" % (name, layers[-1]), x)

    def norm(self, name, x):
        mean = sum(x) / len(x)
        var = sum((v - mean) ** 2 for v in x) / len(x)
        w, b = (self.tensors[name + s][1] for s in (".weight", ".bias"))
        return [(v - mean) / math.sqrt(var + 1e-5) * w[i] + b[i]
                for i, v in enumerate(x)]

    def attend(self, name, q, z):
        query = self.linear(name + ".q", q)
        keys = [self.linear(name + ".k", v) for v in z]
        values = [self.linear(name + ".v", v) for v in z]
        size, out = len(query) // self.heads, []
        for h in range(self.heads):
            part = slice(h * size, (h + 1) * size)
            weights = softmax([dot(query[part], k[part]) / math.sqrt(size)
                               for k in keys])
            out += [sum(w * v[i] for w, v in zip(weights, values))
                    for i in range(part.start, part.stop)]
        return self.linear(name + ".o", out)

    def forward(self, state):
        def relu(v):
            return max(v, 0.0)

        def gelu(v):
            return 0.5 * v * (1.0 + math.erf(v / math.sqrt(2.0)))

        q = self.mlp("task_embed", state["task"], (0, 2), relu)
        z = [self.mlp("server_embed", s, (0, 2), relu)
             for s in state["servers"]]
        for layer in range(self.layers):
            block = "blocks.%d." % layer
            q = self.norm(block + "norm1", add(
                q, self.attend(block + "attn", q, z)))
            q = self.norm(block + "norm2", add(
                q, self.mlp(block + "ffn", q, (0, 2), gelu)))
        f = self.linear("actor.q", q)
        logits = [dot(f, self.linear("actor.k", v)) for v in z]
        return logits, self.mlp("critic", q, (0, 2, 4), relu)[0], q


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def add(a, b):
    return [x + y for x, y in zip(a, b)]


def softmax(x):
    top = max(x)
    e = [math.exp(v - top) for v in x]
    return [v / sum(e) for v in e]


def close(what, got, want, tol):
    assert len(got) == len(want), "%s: %d values, not %d" % (
        what, len(got), len(want))
    for i, (g, w) in enumerate(zip(got, want)):
        assert abs(g - w) <= tol * max(1.0, abs(w)), \
            "%s[%d]: %.9g, not %.9g" % (what, i, g, w)


def check_decision(got, state, tensors, meta):
    # float32 with sums of at most 64 terms against double
    tol = 2e-5
    logits, value, feature = Network(tensors, meta).forward(state)
    assert set(got) == {"logits", "probs", "value", "attention_feature",
                        "choice", "choice_feasible"}
    close("logits", got["logits"], logits, tol)
    close("probs", got["probs"], softmax(logits), tol)
    close("value", [got["value"]], [value], tol)
    close("feature", got["attention_feature"], feature, tol)
    assert got["choice"] == max(range(len(logits)),
                                key=got["logits"].__getitem__)
    yes = [True] * len(logits)
    free = [a and b for a, b in zip(state.get("idle", yes),
                                    state.get("fits", yes))]
    allowed = [j for j in range(len(logits)) if free[j]]
    assert got["choice_feasible"] == max(
        allowed, key=got["logits"].__getitem__, default=None)


def check_info(got, tensors, meta):
    assert got["metadata"] == meta
    assert got["parameters"] == sum(len(v) for _, v in tensors.values())
    assert sorted(t["name"] for t in got["tensors"]) == sorted(tensors)
    for t in got["tensors"]:
        shape, values = tensors[t["name"]]
        assert t["shape"] == shape and t["numbers"] == len(values)
        mean = sum(values) / len(values)
        sd = math.sqrt(sum((v - mean) ** 2 for v in values) / len(values))
        close(t["name"], [t["mean"], t["sd"], t["min"], t["max"]],
              [mean, sd, min(values), max(values)], 1e-6)


def main():
    tensors, meta = read_model(sys.argv[1])
    state, decision, info = (json.load(open(p)) for p in sys.argv[2:])
    check_decision(decision, state, tensors, meta)
    check_info(info, tensors, meta)


main()
