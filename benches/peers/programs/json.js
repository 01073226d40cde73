let text, at;

function space() {
  while (at < text.length && text.charCodeAt(at) <= 32) at++;
}

function string() {
  at++;
  let from = at, whole = "";
  for (;;) {
    const c = text.charCodeAt(at);
    if (c === 34) break;
    if (c === 92) {
      whole += text.slice(from, at);
      at++;
      if (text.charCodeAt(at) === 110) {
        whole += "\n";
        from = at + 1;
      } else {
        from = at;
      }
    }
    at++;
  }
  const rest = text.slice(from, at);
  at++;
  return whole + rest;
}

function number() {
  const from = at;
  while (at < text.length) {
    const c = text.charCodeAt(at);
    if (c === 44 || c === 93 || c === 125) break;
    at++;
  }
  return Number(text.slice(from, at));
}

function list() {
  const items = [];
  at++;
  space();
  while (text.charCodeAt(at) !== 93) {
    items.push(value());
    space();
    if (text.charCodeAt(at) === 44) {
      at++;
      space();
    }
  }
  at++;
  return items;
}

function object() {
  const fields = new Map();
  at++;
  space();
  while (text.charCodeAt(at) !== 125) {
    const key = string();
    space();
    at++;
    space();
    fields.set(key, value());
    space();
    if (text.charCodeAt(at) === 44) {
      at++;
      space();
    }
  }
  at++;
  return fields;
}

function value() {
  switch (text.charCodeAt(at)) {
    case 123: return object();
    case 91: return list();
    case 34: return string();
    case 116: at += 4; return true;
    case 102: at += 5; return false;
    case 110: at += 4; return null;
    default: return number();
  }
}

function sum(json) {
  if (json === null) return 1.0;
  if (typeof json === "number") return json;
  if (typeof json === "string") return json.length;
  if (typeof json === "boolean") return json ? 3.0 : 2.0;
  let total = 1.0;
  if (Array.isArray(json)) {
    for (const item of json) total += sum(item);
  } else {
    for (const [key, field] of json) total += key.length + sum(field);
  }
  return total;
}

function main() {
  const record = '{"id": 1234, "name": "Ada Lovelace", "tags": ["one", "two", "say \\"hi\\"\\n"], "score": 12.5, "ok": true, "bad": false, "none": null, "at": {"x": -4, "y": 0.25}}';
  text = "[" + (record + ",\n").repeat(6999) + record + "]";
  at = 0;
  return sum(value());
}
