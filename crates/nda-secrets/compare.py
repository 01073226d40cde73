"""Compares our scanner with detect-secrets on our corpus. Needs `pip install detect-secrets` (tried with 1.5.0).

    cargo run --release -p nda-secrets --example measure            # ours
    cargo run --release -p nda-secrets --example measure -- CORPUS  # writes the corpus
    python3 crates/nda-secrets/compare.py CORPUS                    # theirs

Each text is a file of its own, so a file that is flagged counts as one finding.
"""

import collections
import pathlib
import sys

from detect_secrets import SecretsCollection
from detect_secrets.settings import default_settings


def main():
    table = collections.defaultdict(lambda: [0, 0])
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.nda")):
        kind, name, _ = path.name.split("-")
        found = SecretsCollection()
        with default_settings():
            found.scan_file(str(path))
        row = table[kind, name]
        row[0] += 1
        row[1] += bool(list(found))
    totals = collections.defaultdict(lambda: [0, 0])
    for (kind, name), (count, flagged) in sorted(table.items(), reverse=True):
        print(f"{kind:10} {name:14} {flagged:4} of {count:4}")
        totals[kind][0] += count
        totals[kind][1] += flagged
    (secrets, found), (innocents, wrong) = totals["secret"], totals["lookalike"]
    print(f"recall {100 * found / secrets:.1f} % ({found}/{secrets})")
    print(f"precision {100 * found / (found + wrong):.1f} % ({wrong}/{innocents} look-alikes flagged)")


main()
