"""Weights of transformer.nda and what it must give: python3 transformer.py transformer.safetensors, then
`nda weights import transformer.safetensors`. numpy only; fixed seed, no training.

Two layers of causal attention with rotary positions and a gated network, on eight positions. Every matrix is rows of {-2, -1, 1, 2}
times a scale, which importing does not change. The reference is in f64; `expected` rounds what goes into each product to
8 bits as `gemv` does, `unrounded` does not.
"""
import sys

import numpy as np

import tensors

WIDTH, HEADS, INNER, POSITIONS, EPS = 64, 4, 128, 8, 1e-5
HEAD = WIDTH // HEADS
random = np.random.default_rng(11)


def matrix(rows, columns):
    levels = random.choice([-2.0, -1.0, 1.0, 2.0], (rows, columns))
    scales = (random.uniform(0.5, 1.0, (rows, 1)) / np.sqrt(2.5 * columns)).astype(np.float32)
    return (levels * scales).astype(np.float32)


def layer():
    square = {name: matrix(WIDTH, WIDTH) for name in ["q", "k", "v", "o"]}
    inner = {"up": matrix(INNER, WIDTH), "gate": matrix(INNER, WIDTH), "down": matrix(WIDTH, INNER)}
    gains = {name: random.uniform(0.5, 1.5, WIDTH).astype(np.float32) for name in ["before", "between"]}
    return square | inner | gains


def eight(x):
    level, scale = tensors.bytes_of(x)
    return level * scale


def rms_norm(x, gain):
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + EPS) * gain


def turned(x):
    """Rotary positions: neighbours are turned by an angle that grows with the position."""
    angle = np.arange(POSITIONS)[:, None, None] * 10000.0 ** (-np.arange(HEAD // 2) / (HEAD // 2))
    even, odd = x[..., 0::2], x[..., 1::2]
    out = np.empty_like(x)
    out[..., 0::2] = even * np.cos(angle) - odd * np.sin(angle)
    out[..., 1::2] = even * np.sin(angle) + odd * np.cos(angle)
    return out


def run(x, layers, rounding):
    x = x.astype(np.float64)
    for w in layers:
        def product(name, x):
            return rounding(x) @ w[name].astype(np.float64).T

        n = rms_norm(x, w["before"])
        q, k, v = (product(name, n).reshape(POSITIONS, HEADS, HEAD) for name in ["q", "k", "v"])
        scores = np.einsum("thd,uhd->htu", turned(q), turned(k)) / np.sqrt(HEAD)
        scores[:, np.triu(np.ones((POSITIONS, POSITIONS), bool), 1)] = -np.inf
        weight = np.exp(scores - scores.max(-1, keepdims=True))
        weight /= weight.sum(-1, keepdims=True)
        x = x + product("o", np.einsum("htu,uhd->thd", weight, v).reshape(POSITIONS, WIDTH))
        n = rms_norm(x, w["between"])
        gate = product("gate", n)
        x = x + product("down", gate / (1 + np.exp(-gate)) * product("up", n))
    return x


layers = [layer(), layer()]
x = random.normal(0, 1, (POSITIONS, WIDTH)).astype(np.float32)
expected, unrounded = run(x, layers, eight), run(x, layers, lambda x: x)
print("largest", np.abs(expected).max(), "rounding costs at most", np.abs(expected - unrounded).max())
tensors.write(
    sys.argv[1],
    {
        "x": x.reshape(-1),
        "expected": expected.reshape(-1),
        "unrounded": unrounded.reshape(-1),
        **{f"{name}.{part}": value for name, w in zip("ab", layers) for part, value in w.items()},
    },
)
