//! A cold module of 300 lines with structs, a recursive enum, matches, options, lists and a map, in the dialects that have the like.
//!
//! Six sections of one text each, which carry their number and a salt of their own; `main` calls the last, and each calls the
//! one before it. Neither Lua's nor JavaScript's text needs a library.

use crate::Dialect;

/// How many sections there are.
const SECTIONS: i64 = 6;

const NDA: &str = r#"struct Point@ {
    x: i64,
    y: i64,
}

enum Shape@ {
    Dot(Point@),
    Rect { at: Point@, w: i64, h: i64 },
    Group([Shape@]),
}

fn moved@(shape: Shape@, dx: i64, dy: i64) -> Shape@ {
    match shape {
        Shape@::Dot(p) => Shape@::Dot(Point@ { x: p.x + dx, y: p.y + dy }),
        Shape@::Rect { at, w, h } => Shape@::Rect { at: Point@ { x: at.x + dx, y: at.y + dy }, w: w, h: h },
        Shape@::Group(parts) => Shape@::Group(parts.map(|part| moved@(part, dx, dy))),
    }
}

fn area@(shape: Shape@) -> i64 {
    match shape {
        Shape@::Dot(p) => p.x * 2 + p.y,
        Shape@::Rect { at, w, h } => w * h + at.x,
        Shape@::Group(parts) => parts.map(|part| area@(part)).sum(),
    }
}

fn largest@(shapes: [Shape@]) -> Option<i64> {
    let mut best = None;
    for shape in shapes {
        let size = area@(shape);
        best = match best {
            Some(known) if known >= size => best,
            _ => Some(size),
        };
    }
    best
}
EXAMPLE
fn f@(a: i64, b: i64) -> i64 {
    let dot = Shape@::Dot(Point@ { x: a, y: b });
    let rect = Shape@::Rect { at: Point@ { x: b, y: a }, w: a + 2, h: b + SALT };
    let all = Shape@::Group([dot, rect, moved@(rect, 5, 7)]);
    let mut counts: Map<str, i64> = Map::new();
    for name in ["dot", "rect", "dot", "group"] {
        counts.entry(name).or_insert(0) += 1;
    }
    let sum = counts["dot"] * 100 + counts.len() + area@(all);
    (sum + largest@([dot, all, rect]).unwrap_or(0) + BEFORE) % 65521
}

"#;

const LUA: &str = r#"local function point@(x, y)
    return {x = x, y = y}
end

local function moved@(shape, dx, dy)
    if shape.kind == "dot" then
        return {kind = "dot", at = point@(shape.at.x + dx, shape.at.y + dy)}
    elseif shape.kind == "rect" then
        return {kind = "rect", at = point@(shape.at.x + dx, shape.at.y + dy), w = shape.w, h = shape.h}
    else
        local parts = {}
        for at = 1, #shape.parts do
            parts[at] = moved@(shape.parts[at], dx, dy)
        end
        return {kind = "group", parts = parts}
    end
end

local function area@(shape)
    if shape.kind == "dot" then
        return shape.at.x * 2 + shape.at.y
    elseif shape.kind == "rect" then
        return shape.w * shape.h + shape.at.x
    else
        local sum = 0
        for at = 1, #shape.parts do
            sum = sum + area@(shape.parts[at])
        end
        return sum
    end
end

local function largest@(shapes)
    local best = nil
    for at = 1, #shapes do
        local size = area@(shapes[at])
        if best == nil or best < size then
            best = size
        end
    end
    return best
end

local function f@(a, b)
    local dot = {kind = "dot", at = point@(a, b)}
    local rect = {kind = "rect", at = point@(b, a), w = a + 2, h = b + SALT}
    local all = {kind = "group", parts = {dot, rect, moved@(rect, 5, 7)}}
    local counts, count = {}, 0
    local names = {"dot", "rect", "dot", "group"}
    for at = 1, #names do
        local name = names[at]
        if counts[name] == nil then
            counts[name] = 0
            count = count + 1
        end
        counts[name] = counts[name] + 1
    end
    local sum = counts["dot"] * 100 + count + area@(all)
    return (sum + (largest@({dot, all, rect}) or 0) + BEFORE) % 65521
end

"#;

const JS: &str = r#"function point@(x, y) {
    return { x: x, y: y };
}

function moved@(shape, dx, dy) {
    switch (shape.kind) {
        case "dot":
            return { kind: "dot", at: point@(shape.at.x + dx, shape.at.y + dy) };
        case "rect":
            return { kind: "rect", at: point@(shape.at.x + dx, shape.at.y + dy), w: shape.w, h: shape.h };
        default: {
            const parts = [];
            for (let at = 0; at < shape.parts.length; at++) {
                parts[at] = moved@(shape.parts[at], dx, dy);
            }
            return { kind: "group", parts: parts };
        }
    }
}

function area@(shape) {
    switch (shape.kind) {
        case "dot":
            return shape.at.x * 2 + shape.at.y;
        case "rect":
            return shape.w * shape.h + shape.at.x;
        default: {
            let sum = 0;
            for (let at = 0; at < shape.parts.length; at++) {
                sum += area@(shape.parts[at]);
            }
            return sum;
        }
    }
}

function largest@(shapes) {
    let best = null;
    for (let at = 0; at < shapes.length; at++) {
        const size = area@(shapes[at]);
        if (best === null || best < size) {
            best = size;
        }
    }
    return best;
}

function f@(a, b) {
    const dot = { kind: "dot", at: point@(a, b) };
    const rect = { kind: "rect", at: point@(b, a), w: a + 2, h: b + SALT };
    const all = { kind: "group", parts: [dot, rect, moved@(rect, 5, 7)] };
    const counts = {};
    let count = 0;
    const names = ["dot", "rect", "dot", "group"];
    for (let at = 0; at < names.length; at++) {
        const name = names[at];
        if (counts[name] === undefined) {
            counts[name] = 0;
            count++;
        }
        counts[name]++;
    }
    const sum = counts["dot"] * 100 + count + area@(all);
    const best = largest@([dot, all, rect]);
    return (sum + (best === null ? 0 : best) + BEFORE) % 65521;
}

"#;

/// The module, with the call of its last function; none in a dialect without the like.
pub fn text(dialect: Dialect, salt: i64, (a, b): (i64, i64)) -> Option<String> {
    let section = match dialect {
        Dialect::Nda => NDA,
        Dialect::Lua54 | Dialect::LuaJit => LUA,
        Dialect::Js => JS,
        Dialect::Native | Dialect::Python | Dialect::Rhai | Dialect::Wasm => return None,
    };
    let last = SECTIONS - 1;
    let mut text = String::new();
    for index in 0..=last {
        let before = if index == 0 { "0".to_owned() } else { format!("f{}(b, a)", index - 1) };
        let example = match index == last {
            true => format!("\n#[example(f{last}({a}, {b}) == {})]", answer(salt, (a, b))),
            false => String::new(),
        };
        let section = section
            .replace("EXAMPLE", &example)
            .replace("SALT", &(salt + index).to_string())
            .replace("BEFORE", &before)
            .replace('@', &index.to_string());
        text.push_str(&section);
    }
    match dialect {
        Dialect::Lua54 | Dialect::LuaJit => text.push_str(&format!("return f{last}({a}, {b})\n")),
        Dialect::Js => text.push_str(&format!("f{last}({a}, {b})\n")),
        _ => {}
    }
    Some(text)
}

/// What the call gives.
pub fn answer(salt: i64, args: (i64, i64)) -> i64 {
    section(SECTIONS - 1, salt, args)
}

/// The functions of a section, in Rust.
fn section(index: i64, salt: i64, (a, b): (i64, i64)) -> i64 {
    let dot = a * 2 + b;
    let rect = (a + 2) * (b + salt + index) + b;
    let all = dot + rect + rect + 5;
    let counts = 2 * 100 + 3;
    let before = if index == 0 { 0 } else { section(index - 1, salt, (b, a)) };
    (counts + all + dot.max(all).max(rect) + before) % 65521
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_has_three_hundred_lines() {
        for dialect in [Dialect::Nda, Dialect::Lua54, Dialect::Js] {
            let lines = text(dialect, 10_000, (3, 7)).map_or(0, |text| text.lines().count());
            assert!((280..420).contains(&lines), "{dialect:?}: {lines}");
        }
    }
}
