"""Writes the weights of block.nda as safetensors: fixed numbers, no training. Standard library only."""
import json
import random
import struct
import sys

random.seed(7)
SHAPES = {"w1": (128, 896), "w2": (128, 128), "w3": (128, 128), "w4": (896, 128)}
header, blobs, at = {}, [], 0
for name, (rows, columns) in SHAPES.items():
    numbers = [random.choice([-2.0, -1.0, 1.0, 2.0]) / columns for _ in range(rows * columns)]
    blob = struct.pack(f"<{len(numbers)}f", *numbers)
    header[name] = {"dtype": "F32", "shape": [rows, columns], "data_offsets": [at, at + len(blob)]}
    blobs.append(blob)
    at += len(blob)
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
with open(sys.argv[1], "wb") as out:
    out.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))
