class Parser:
    __slots__ = ("text", "at")

    def __init__(self, text):
        self.text, self.at = text, 0

    def space(self):
        text = self.text
        while self.at < len(text) and text[self.at] <= " ":
            self.at += 1

    def string(self):
        text = self.text
        self.at += 1
        start, whole = self.at, ""
        while text[self.at] != '"':
            if text[self.at] == "\\":
                whole += text[start : self.at]
                self.at += 1
                if text[self.at] == "n":
                    whole += "\n"
                    start = self.at + 1
                else:
                    start = self.at
            self.at += 1
        rest = text[start : self.at]
        self.at += 1
        return whole + rest

    def number(self):
        text, start = self.text, self.at
        while self.at < len(text) and text[self.at] not in ",]}":
            self.at += 1
        return float(text[start : self.at])

    def list(self):
        items = []
        self.at += 1
        self.space()
        while self.text[self.at] != "]":
            items.append(self.value())
            self.space()
            if self.text[self.at] == ",":
                self.at += 1
                self.space()
        self.at += 1
        return items

    def object(self):
        fields = {}
        self.at += 1
        self.space()
        while self.text[self.at] != "}":
            key = self.string()
            self.space()
            self.at += 1
            self.space()
            fields[key] = self.value()
            self.space()
            if self.text[self.at] == ",":
                self.at += 1
                self.space()
        self.at += 1
        return fields

    def value(self):
        c = self.text[self.at]
        if c == "{":
            return self.object()
        if c == "[":
            return self.list()
        if c == '"':
            return self.string()
        if c == "t":
            self.at += 4
            return True
        if c == "f":
            self.at += 5
            return False
        if c == "n":
            self.at += 4
            return None
        return self.number()


def total(json):
    if json is None:
        return 1.0
    if json is True:
        return 3.0
    if json is False:
        return 2.0
    if isinstance(json, float):
        return json
    if isinstance(json, str):
        return float(len(json))
    if isinstance(json, list):
        return 1.0 + sum(total(item) for item in json)
    return 1.0 + sum(len(key) + total(value) for key, value in json.items())


def main():
    record = '{"id": 1234, "name": "Ada Lovelace", "tags": ["one", "two", "say \\"hi\\"\\n"], "score": 12.5, "ok": true, "bad": false, "none": null, "at": {"x": -4, "y": 0.25}}'
    text = "[" + (record + ",\n") * 6999 + record + "]"
    return total(Parser(text).value())
