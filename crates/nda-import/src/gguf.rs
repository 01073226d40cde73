//! llama.cpp's GGUF, versions 2 and 3: keys and values, a directory of tensors, aligned data.
//!
//! Source: `docs/gguf.md` of ggml. Every number that says how much is to come is held against what is there before anything is
//! kept for it.

use crate::{Element, ImportError, Source};

pub(crate) const MAGIC: &[u8] = b"GGUF";
/// More dimensions than any tensor of a model has.
const MAX_DIMENSIONS: u32 = 8;
/// The fewest bytes of a tensor in the directory: a name's length, dimensions, a type, an offset.
const MIN_TENSOR_BYTES: u64 = 24;
/// How deep lists of lists may go.
const MAX_DEPTH: u32 = 4;

pub(crate) fn read(model: &[u8]) -> Result<Vec<Source<'_>>, ImportError> {
    let mut reader = Reader { model, at: MAGIC.len() };
    let version = reader.u32("the version")?;
    if !(2..=3).contains(&version) {
        return Err(gguf("the version", version.into(), "2 or 3"));
    }
    let tensors = reader.u64("the number of tensors")?;
    let values = reader.u64("the number of keys")?;
    if tensors > model.len() as u64 / MIN_TENSOR_BYTES {
        let needed = tensors.saturating_mul(MIN_TENSOR_BYTES);
        return Err(reader.truncated("the directory of tensors", needed));
    }
    let mut alignment = 32;
    for _ in 0..values {
        let key = reader.text("a key")?;
        let kind = reader.u32("a value's type")?;
        if key == "general.alignment" && kind == 4 {
            alignment = u64::from(reader.u32("the alignment")?);
            if !alignment.is_power_of_two() || alignment > 1 << 20 {
                return Err(gguf("the alignment", alignment, "powers of two up to 1048576"));
            }
        } else {
            reader.skip_value(kind, 0)?;
        }
    }
    let mut entries = Vec::new();
    for _ in 0..tensors {
        entries.push(entry(&mut reader)?);
    }
    let begin = (reader.at as u64).next_multiple_of(alignment);
    entries.into_iter().map(|entry| entry.locate(model, begin, alignment)).collect()
}

/// A tensor of the directory.
struct Entry {
    name: String,
    shape: Vec<u64>,
    element: Element,
    offset: u64,
}

fn entry(reader: &mut Reader<'_>) -> Result<Entry, ImportError> {
    let name = reader.text("a tensor's name")?.to_owned();
    let dimensions = reader.u32("a tensor's dimensions")?;
    if dimensions > MAX_DIMENSIONS {
        return Err(gguf("a tensor's dimensions", dimensions.into(), "up to 8"));
    }
    let mut shape = Vec::new();
    for _ in 0..dimensions {
        shape.push(reader.u64("a tensor's size")?);
    }
    // GGUF names the size of a row first.
    shape.reverse();
    let element = match reader.u32("a tensor's type")? {
        0 => Element::F32,
        1 => Element::F16,
        8 => Element::Q8_0,
        28 => Element::F64,
        30 => Element::Bf16,
        2..=3 | 6..=7 | 9..=23 => Element::Other("blocks of few bits"),
        24..=27 => Element::Other("integers"),
        _ => Element::Other("a type that is not known"),
    };
    Ok(Entry { name, shape, element, offset: reader.u64("a tensor's offset")? })
}

impl Entry {
    /// The tensor's bytes.
    fn locate(self, model: &[u8], begin: u64, alignment: u64) -> Result<Source<'_>, ImportError> {
        let Self { name, shape, element, offset } = self;
        let Some((block, block_bytes)) = element.block() else {
            return Ok(Source { name, element, shape, data: &[] });
        };
        if offset % alignment != 0 {
            return Err(gguf("a tensor's offset", offset, "multiples of the alignment"));
        }
        let columns = shape.last().copied().unwrap_or(1);
        if columns % block != 0 {
            return Err(gguf("the size of a row of Q8_0", columns, "multiples of 32"));
        }
        let elements = shape.iter().try_fold(1u64, |product, &size| product.checked_mul(size));
        let Some(bytes) = elements.and_then(|elements| (elements / block).checked_mul(block_bytes)) else {
            return Err(ImportError::Overflow { name, shape });
        };
        let start = begin.checked_add(offset);
        let range = start.and_then(|start| Some(start as usize..start.checked_add(bytes)? as usize));
        match range.and_then(|range| model.get(range)) {
            Some(data) => Ok(Source { name, element, shape, data }),
            None => Err(ImportError::Truncated {
                what: "a tensor's data",
                needed: bytes,
                at: start.unwrap_or(u64::MAX),
                bytes: model.len() as u64,
            }),
        }
    }
}

fn gguf(what: &'static str, found: u64, expected: &'static str) -> ImportError {
    ImportError::Gguf { what, found, expected }
}

struct Reader<'a> {
    model: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn truncated(&self, what: &'static str, needed: u64) -> ImportError {
        ImportError::Truncated { what, needed, at: self.at as u64, bytes: self.model.len() as u64 }
    }

    fn bytes(&mut self, what: &'static str, count: u64) -> Result<&'a [u8], ImportError> {
        let rest = &self.model[self.at..];
        if count > rest.len() as u64 {
            return Err(self.truncated(what, count));
        }
        self.at += count as usize;
        Ok(&rest[..count as usize])
    }

    fn u32(&mut self, what: &'static str) -> Result<u32, ImportError> {
        let bytes = self.bytes(what, 4)?;
        Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn u64(&mut self, what: &'static str) -> Result<u64, ImportError> {
        let low = self.u32(what)?;
        Ok(u64::from(low) | u64::from(self.u32(what)?) << 32)
    }

    fn text(&mut self, what: &'static str) -> Result<&'a str, ImportError> {
        let length = self.u64(what)?;
        let at = self.at as u64;
        std::str::from_utf8(self.bytes(what, length)?).map_err(|_| ImportError::Text { what, at })
    }

    /// Goes past a value.
    fn skip_value(&mut self, kind: u32, depth: u32) -> Result<(), ImportError> {
        let size = match kind {
            0 | 1 | 7 => 1,
            2 | 3 => 2,
            4..=6 => 4,
            10..=12 => 8,
            8 => self.u64("a text")?,
            9 if depth < MAX_DEPTH => return self.skip_list(depth),
            9 => return Err(gguf("the depth of a list", u64::from(depth), "up to 3")),
            _ => return Err(gguf("a value's type", kind.into(), "0 to 12")),
        };
        self.bytes("a value", size).map(drop)
    }

    fn skip_list(&mut self, depth: u32) -> Result<(), ImportError> {
        let kind = self.u32("the type of a list's elements")?;
        let length = self.u64("the length of a list")?;
        // No element takes less than a byte.
        if length > (self.model.len() - self.at) as u64 {
            return Err(self.truncated("a list", length));
        }
        (0..length).try_for_each(|_| self.skip_value(kind, depth + 1))
    }
}
