"""Writes betterleaks.toml, the rules of Betterleaks (MIT, LICENSE.betterleaks) in gitleaks' format.

The source is `config/betterleaks.toml` of revision b1aa878bc41b06583f6ce83bf0ffcc5e6ed8f4f3, which the crate
`kingfisher-rules` 3.0.1 carries unchanged in `generated/upstream-sources.json.gz`:

    cargo info kingfisher-rules@3.0.1     # downloads it
    python3 from_betterleaks.py PATH/TO/generated/upstream-sources.json.gz > betterleaks.toml

Betterleaks' second format says in expressions what gitleaks' says in fields. What has a field is kept: entropy, and
patterns of the secret that are none. Left out are rules about files and paths, parts of other rules that are not
reported alone, and the three generic rules, whose filters need a word list under another licence (nda.toml has ours).
"""

import gzip
import json
import re
import sys
import tomllib

ENTROPY = re.compile(r'entropy\(finding\["secret"\]\) <=? ([0-9.]+)')
PATTERNS = re.compile(r'(?<!!)matchesAny\(finding\["secret"\], \[(.*?)\]\)', re.S)
GENERIC = {"generic-api-key", "generic-password", "generic-username", "generic-credential-uri", "curl-auth-user"}


def literal(text):
    return f"'''{text}'''" if "'''" not in text else json.dumps(text)


def for_rust(regex):
    """RE2 takes a brace that opens no repetition for itself; other engines want it escaped."""
    regex = re.sub(r"(?<!\\)\{(?!\d+(?:,\d*)?\})", r"\\{", regex)
    return re.sub(r"\\([pP])\\\{", r"\\\1{", re.sub(r"\\x\\\{", r"\\x{", regex))


def strings(text):
    return [back or json.loads(f'"{double}"') for back, double in re.findall(r'`([^`]*)`|"((?:[^"\\]|\\.)*)"', text)]


def main():
    sources = json.load(gzip.open(sys.argv[1]))
    name, text = next((name, text) for name, text in sources.items() if name.endswith("/config/betterleaks.toml"))
    config = tomllib.loads(text)
    print("# Betterleaks' rules in gitleaks' format, written by from_betterleaks.py. MIT: LICENSE.betterleaks.")
    print(f"# From {name}\n")
    print('title = "Betterleaks"\n\n[allowlist]\nregexes = [')
    for pattern in strings(config["filter"]):
        if pattern.startswith(("^", "(?i)^")):
            print(f"    {literal(for_rust(pattern))},")
    print(']\nstopwords = ["abcdefghijklmnopqrstuvwxyz", "014df517-39d1-4453-b7b3-9930c563627c"]')
    for rule in sorted(config["rules"], key=lambda rule: rule["id"]):
        if "regex" not in rule or "path" in rule or rule.get("skipReport") or rule["id"] in GENERIC:
            continue
        filters = rule.get("filter", "")
        print(f'\n[[rules]]\nid = "{rule["id"]}"\ndescription = {json.dumps(rule["description"])}')
        print(f"regex = {literal(for_rust(rule['regex']))}")
        if "valueGroup" in rule:
            print(f"secretGroup = {rule['valueGroup']}")
        if entropy := ENTROPY.search(filters):
            print(f"entropy = {entropy[1]}")
        print(f"keywords = {json.dumps(rule['keywords'])}")
        patterns = [literal(for_rust(one)) for found in PATTERNS.findall(filters) for one in strings(found)]
        if patterns:
            print("[[rules.allowlists]]\nregexes = [" + ", ".join(patterns) + "]")


main()
