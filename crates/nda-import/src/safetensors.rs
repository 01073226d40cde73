//! Hugging Face's safetensors: a JSON header, then bytes without gaps. Its own crate reads it; this file adds the numbers to what
//! the crate says when it refuses.

use crate::{Element, ImportError, Source};
use safetensors::{Dtype, SafeTensorError, SafeTensors};

pub(crate) fn read(model: &[u8]) -> Result<Vec<Source<'_>>, ImportError> {
    let tensors = SafeTensors::deserialize(model)
        .map_err(|error| ImportError::Safetensors { bytes: model.len(), why: explain(model, &error) })?;
    let mut sources: Vec<Source<'_>> = tensors
        .iter()
        .map(|(name, view)| Source {
            name: name.to_owned(),
            element: element(view.dtype()),
            shape: view.shape().iter().map(|&size| size as u64).collect(),
            data: view.data(),
        })
        .collect();
    sources.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(sources)
}

fn element(dtype: Dtype) -> Element {
    match dtype {
        Dtype::F64 => Element::F64,
        Dtype::F32 => Element::F32,
        Dtype::F16 => Element::F16,
        Dtype::BF16 => Element::Bf16,
        Dtype::BOOL => Element::Other("BOOL"),
        Dtype::U8 => Element::Other("U8"),
        Dtype::I8 => Element::Other("I8"),
        Dtype::I16 => Element::Other("I16"),
        Dtype::U16 => Element::Other("U16"),
        Dtype::I32 => Element::Other("I32"),
        Dtype::U32 => Element::Other("U32"),
        Dtype::I64 => Element::Other("I64"),
        Dtype::U64 => Element::Other("U64"),
        _ => Element::Other("a type of few bits"),
    }
}

/// What the crate says, with what the header claims and what the file has.
fn explain(model: &[u8], error: &SafeTensorError) -> String {
    let claimed = model.first_chunk::<8>().map(|bytes| u64::from_le_bytes(*bytes));
    let Some(claimed) = claimed else { return format!("{error}: a file has at least 8 bytes") };
    let behind = model.len() as u64 - 8;
    if claimed > behind {
        return format!("{error}: the header claims {claimed} bytes, behind its length there are {behind}");
    }
    let data = behind - claimed;
    let header: Option<serde_json::Value> = serde_json::from_slice(&model[8..8 + claimed as usize]).ok();
    let offsets = |name: &str| Some(header.as_ref()?.get(name)?.get("data_offsets")?.to_string());
    match error {
        SafeTensorError::InvalidOffset(name) => {
            let offsets = offsets(name).unwrap_or_else(|| "no offsets".to_owned());
            format!("{error}: it claims {offsets} of {data} bytes of data")
        }
        SafeTensorError::TensorInvalidInfo | SafeTensorError::MetadataIncompleteBuffer => {
            let ends =
                header.iter().filter_map(|header| header.as_object()).flat_map(|header| header.values());
            let end =
                ends.filter_map(|tensor| tensor.get("data_offsets")?.get(1)?.as_u64()).max().unwrap_or(0);
            format!("{error}: the tensors claim {end} bytes of data, there are {data}")
        }
        _ => error.to_string(),
    }
}
