"""Writes safetensors. Standard library and numpy."""
import json
import struct

import numpy as np


def write(path, tensors):
    """`tensors`: names and arrays, each kept as F32."""
    header, blobs, at = {}, [], 0
    for name, array in tensors.items():
        array = np.ascontiguousarray(array, dtype="<f4")
        blob = array.tobytes()
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [at, at + len(blob)]}
        blobs.append(blob)
        at += len(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def levels_and_scales(weights):
    """What `quantise` of nda-tensor makes of rows: {-2, -1, 1, 2} times a scale that minimises the squared error."""
    magnitude = np.abs(weights)

    def fit(scale):
        for _ in range(16):
            level = np.where(magnitude >= 1.5 * scale, 2.0, 1.0)
            scale = (magnitude * level).sum(1, keepdims=True) / (level * level).sum(1, keepdims=True)
        level = np.where(magnitude >= 1.5 * scale, 2.0, 1.0)
        return scale, ((magnitude - scale * level) ** 2).sum(1, keepdims=True)

    usual, first = fit(magnitude.mean(1, keepdims=True) * 13 / 16)
    full, second = fit(magnitude.max(1, keepdims=True) / 2)
    scale = np.where(second < first, full, usual)
    level = np.where(magnitude >= 1.5 * scale, 2.0, 1.0)
    return np.where(weights < 0, -level, level), scale


def bytes_of(x):
    """Activations of 8 bits: whole numbers and their scale, by rows."""
    largest = np.abs(x).max(-1, keepdims=True)
    return np.rint(x * (127.0 / largest)), largest / 127.0


def quads_of(x):
    """Activations of 2 bits: levels and their scale, by rows."""
    scale = np.abs(x).mean(-1, keepdims=True) * 0.8125
    level = np.where(np.abs(x) >= 1.5 * scale, 2.0, 1.0)
    return np.where(x < 0, -level, level), scale
