"""Trains digits.nda: python3 digits.py digits.safetensors, then `nda weights import digits.safetensors`. numpy only; fixed seed.

digits.csv.gz is the test set of "Optical Recognition of Handwritten Digits" (E. Alpaydin, C. Kaynak, 1998; UCI Machine Learning
Repository, CC BY 4.0) as scikit-learn ships it: 1797 rows of 64 pixels from 0 to 16, and the digit. The last 360 are the test.
"""
import gzip
import pathlib
import sys

import numpy as np

import tensors

HIDDEN, TEST, EPS = 128, 360, 1e-5
rows = np.loadtxt(gzip.open(pathlib.Path(__file__).with_name("digits.csv.gz"), "rt"), delimiter=",")
pixels, digits = rows[:, :64], rows[:, 64].astype(int)
train, test = (pixels[:-TEST], digits[:-TEST]), (pixels[-TEST:], digits[-TEST:])


def norm(x):
    """Layer norm without gain and bias, and what its gradient needs."""
    centred = x - x.mean(-1, keepdims=True)
    spread = np.sqrt((centred**2).mean(-1, keepdims=True) + EPS)
    return centred / spread, spread


def norm_back(grad, out, spread):
    return (grad - grad.mean(-1, keepdims=True) - out * (grad * out).mean(-1, keepdims=True)) / spread


def as_is(x):
    return x, 1.0


def rounded(weights):
    level, scale = tensors.levels_and_scales(weights)
    return level * scale


def forward(p, x, weights, activations):
    w1, w2 = weights(p["w1"]), weights(p["w2"])
    x, _ = norm(x)
    level, scale = activations(x)
    qx = level * scale
    z = qx @ w1.T + p["b1"]
    a, spread = norm(np.maximum(z, 0))
    level, scale = activations(a)
    qa = level * scale
    return qa @ w2.T + p["b2"], (qx, z, a, spread, qa, w2)


def gradients(p, x, labels, weights, activations):
    """Straight through every rounding."""
    y, (qx, z, a, spread, qa, w2) = forward(p, x, weights, activations)
    y = np.exp(y - y.max(1, keepdims=True))
    y /= y.sum(1, keepdims=True)
    y[np.arange(len(labels)), labels] -= 1
    y /= len(labels)
    back = norm_back(y @ w2, a, spread) * (z > 0)
    return {"w1": back.T @ qx, "b1": back.sum(0), "w2": y.T @ qa, "b2": y.sum(0)}


def moved(x, random):
    """Each image by at most a pixel to each side, with a little noise."""
    images = x.reshape(-1, 8, 8)
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    down, right = random.integers(0, 3, (2, len(x)))
    images = np.stack([padded[i, down[i] : down[i] + 8, right[i] : right[i] + 8] for i in range(len(x))])
    return images.reshape(-1, 64) + random.normal(0, 0.5, x.shape)


def fit(p, weights, activations, epochs, rate, seed):
    random = np.random.default_rng(seed)
    p = {name: value.copy() for name, value in p.items()}
    first = {name: np.zeros_like(value) for name, value in p.items()}
    second = {name: np.zeros_like(value) for name, value in p.items()}
    step, batch = 0, 32
    steps = epochs * (len(train[1]) // batch)
    for _ in range(epochs):
        order = random.permutation(len(train[1]))
        for at in range(0, len(order) - batch + 1, batch):
            chosen = order[at : at + batch]
            grads = gradients(p, moved(train[0][chosen], random), train[1][chosen], weights, activations)
            step += 1
            now = rate * (1 - step / (steps + 1))
            for name, grad in grads.items():
                first[name] += 0.1 * (grad - first[name])
                second[name] += 0.001 * (grad**2 - second[name])
                size = np.sqrt(second[name] / (1 - 0.999**step)) + 1e-8
                p[name] -= now * first[name] / (1 - 0.9**step) / size
    return p


def accuracy(p, weights, activations):
    return (forward(p, test[0], weights, activations)[0].argmax(1) == test[1]).mean()


random = np.random.default_rng(7)
start = {
    "w1": random.normal(0, 1 / 8, (HIDDEN, 64)),
    "b1": np.zeros(HIDDEN),
    "w2": random.normal(0, HIDDEN**-0.5, (10, HIDDEN)),
    "b2": np.zeros(10),
}
plain = fit(start, lambda weights: weights, as_is, 60, 2e-3, 1)
eight = fit(plain, rounded, tensors.bytes_of, 60, 1e-3, 2)
two = fit(plain, rounded, tensors.quads_of, 120, 1e-3, 3)
print("float weights and activations", accuracy(plain, lambda weights: weights, as_is))
print("the same, its weights rounded ", accuracy(plain, rounded, tensors.bytes_of))
print("2-bit weights, 8-bit activations", accuracy(eight, rounded, tensors.bytes_of))
print("2-bit weights, 2-bit activations", accuracy(two, rounded, tensors.quads_of))
tensors.write(
    sys.argv[1],
    {
        "test.images": test[0].reshape(-1),
        "test.digits": test[1],
        # One row each, so that they stay what they are.
        "float.w1": plain["w1"].reshape(-1),
        "float.b1": plain["b1"],
        "float.w2": plain["w2"].reshape(-1),
        "float.b2": plain["b2"],
        **{f"eight.{name}": value for name, value in eight.items()},
        **{f"two.{name}": value for name, value in two.items()},
    },
)
