//! What becomes of a model's tensors.

use crate::report::Comparison;
use crate::{ImportError, Quality, Source, TensorReport};
use nda_tensor::weights::{ContentHash, Floats, Kind, Tensor, TensorInfo, write_weights};
use nda_tensor::{Granularity, QuadMatrix, Scheme, Shape, quantise};
use std::collections::HashMap;
use std::io::{Seek, Write};

/// A tensor that is left out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Skipped {
    /// Its name.
    pub name: String,
    /// Why.
    pub why: String,
}

/// What will be written: matrices quantised, a scale for each row; vectors as they are. Everything else is left out.
pub struct Plan<'a> {
    tensors: Vec<(Source<'a>, TensorInfo)>,
    skipped: Vec<Skipped>,
}

impl<'a> Plan<'a> {
    /// Plans the import of all tensors, or of the one named.
    pub fn new(
        mut sources: Vec<Source<'a>>,
        only: Option<&str>,
        scheme: Scheme,
    ) -> Result<Self, ImportError> {
        check_names(&sources)?;
        sources.sort_by(|left, right| left.name.cmp(&right.name));
        if let Some(name) = only {
            let known: Vec<&str> = sources.iter().take(5).map(|source| source.name.as_str()).collect();
            let (known, count) = (known.join(", "), sources.len());
            sources.retain(|source| source.name == name);
            if sources.is_empty() {
                return Err(ImportError::NoTensor { name: name.to_owned(), count, known });
            }
        }
        let (mut tensors, mut skipped) = (Vec::new(), Vec::new());
        for source in sources {
            match fit(&source, scheme) {
                Ok(info) => tensors.push((source, info)),
                Err(why) => skipped.push(Skipped { name: source.name, why }),
            }
        }
        if tensors.is_empty() {
            let first = skipped.into_iter().next();
            let (name, why) = first
                .map_or(("the model".to_owned(), "it has no tensors".to_owned()), |one| (one.name, one.why));
            return Err(ImportError::Unfit { name, why });
        }
        Ok(Self { tensors, skipped })
    }

    /// What is left out.
    #[must_use]
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// Bytes of the model that will be read.
    #[must_use]
    pub fn source_bytes(&self) -> u64 {
        self.tensors.iter().map(|(source, _)| source.data.len() as u64).sum()
    }

    /// Writes the weights file; `progress` is told the bytes of the model that were read since it was told last.
    pub fn run(
        &self,
        out: &mut (impl Write + Seek),
        progress: &mut dyn FnMut(u64),
    ) -> Result<(ContentHash, Vec<TensorReport>), ImportError> {
        let announced: Vec<(&str, TensorInfo)> =
            self.tensors.iter().map(|(source, info)| (source.name.as_str(), *info)).collect();
        let mut qualities = Vec::new();
        let written = write_weights(out, &announced, |index| {
            let (source, info) = &self.tensors[index];
            let (tensor, quality) = convert(source, *info, progress)?;
            qualities.push(quality);
            Ok::<_, ImportError>(tensor)
        })?;
        let reports = self.tensors.iter().zip(qualities).zip(written.tensors);
        let reports = reports.map(|(((source, info), quality), hash)| TensorReport {
            name: source.name.clone(),
            source: source.element.name(),
            info: *info,
            hash,
            quality,
        });
        Ok((written.file, reports.collect()))
    }
}

fn check_names(sources: &[Source<'_>]) -> Result<(), ImportError> {
    let mut places = HashMap::new();
    for (second, source) in sources.iter().enumerate() {
        if let Some(first) = places.insert(&source.name, second) {
            return Err(ImportError::Twice { name: source.name.clone(), first, second });
        }
    }
    Ok(())
}

/// What a tensor becomes, or why it is left out.
fn fit(source: &Source<'_>, scheme: Scheme) -> Result<TensorInfo, String> {
    if source.element.block().is_none() {
        return Err(format!(
            "its elements are {}; F64, F32, F16, BF16 and Q8_0 can be read",
            source.element.name()
        ));
    }
    let size = |at: usize| usize::try_from(source.shape[at]).unwrap_or(usize::MAX);
    let (rows, columns) = match source.shape.len() {
        1 => (1, size(0)),
        2 => (size(0), size(1)),
        dimensions => {
            return Err(format!("it has {dimensions} dimensions; vectors and matrices have 1 and 2"));
        }
    };
    let shape = Shape::new(rows, columns).map_err(|error| error.to_string())?;
    Ok(match source.shape.len() {
        1 => TensorInfo { kind: Kind::Floats, shape, scales: 0 },
        // A shape's limits are far below 2³².
        _ => TensorInfo { kind: Kind::Weights(scheme), shape, scales: rows as u32 },
    })
}

fn convert(
    source: &Source<'_>,
    info: TensorInfo,
    progress: &mut dyn FnMut(u64),
) -> Result<(Tensor<'static>, Quality), ImportError> {
    let shape = info.shape;
    let refuse = |row| move |error| ImportError::Row { name: source.name.clone(), row, error };
    let mut numbers = vec![0.0; shape.columns()];
    let mut comparison = Comparison::default();
    let row_bytes = source.data.len() as u64 / shape.rows() as u64;
    let Kind::Weights(scheme) = info.kind else {
        source.row(0, &mut numbers);
        numbers.iter().for_each(|&number| comparison.add(number, number));
        progress(row_bytes);
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        let floats = Floats::new(shape, bytes).map_err(refuse(0))?;
        return Ok((Tensor::Floats(floats), comparison.quality()));
    };
    let row_shape = Shape::new(1, shape.columns()).map_err(refuse(0))?;
    let (mut sign, mut magnitude, mut scales) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..shape.rows() {
        source.row(row, &mut numbers);
        let quantised = quantise(row_shape, &numbers, scheme, Granularity::Row).map_err(refuse(row))?;
        numbers.iter().zip(quantised.row(0)).for_each(|(&number, near)| comparison.add(number, near));
        sign.extend_from_slice(quantised.sign_plane());
        magnitude.extend_from_slice(quantised.magnitude_plane());
        scales.extend_from_slice(quantised.scale_bytes());
        progress(row_bytes);
    }
    let matrix = QuadMatrix::new(shape, scheme, sign, magnitude, scales).map_err(refuse(0))?;
    Ok((Tensor::Weights(matrix), comparison.quality()))
}
