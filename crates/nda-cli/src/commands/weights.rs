//! `nda weights`: models to weights files and back (`docs/weights-format.md`).

use crate::context::{Access, Context, Exit};
use crate::failure::Failure;
use crate::stored_weights::StoredWeights;
use clap::{Subcommand, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use nda_import::{ImportError, Plan, TensorReport};
use nda_report::style::{bytes, counted};
use nda_tensor::Scheme;
use nda_tensor::weights::{Entry, Tensor, TensorInfo, Weights};
use serde_json::{Value, json};
use std::io::{BufWriter, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

/// Options.
#[derive(clap::Args, Debug)]
pub struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Quantise a model (safetensors or GGUF) to a weights file
    Import {
        /// The model
        model: PathBuf,
        /// Only this tensor
        #[arg(long, value_name = "NAME")]
        tensor: Option<String>,
        /// What two bits stand for: {-2, -1, 1, 2} or {-1, 0, 1}
        #[arg(long, value_name = "SCHEME", default_value = "quad")]
        scheme: SchemeChoice,
        /// The weights file [default: the model's path with the ending .ndaw]
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// List the tensors of a weights file
    Ls {
        /// The weights file
        file: PathBuf,
    },
    /// Show one tensor: its hash, its scales, how often each level occurs
    Show {
        /// The weights file
        file: PathBuf,
        /// The tensor's name
        tensor: String,
    },
    /// Check every byte of a weights file
    Verify {
        /// The weights file
        file: PathBuf,
    },
    /// Bring the tensors of weights files into the store, where programs find them
    Add {
        /// The weights files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Write the tensors as safetensors, numbers as F32
    Export {
        /// The weights file
        file: PathBuf,
        /// The safetensors file
        output: PathBuf,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SchemeChoice {
    Quad,
    Ternary,
}

/// Does what the subcommand says.
pub fn run(options: &Options, context: &mut Context) -> Result<Exit, Failure> {
    match &options.action {
        Action::Import { model, tensor, scheme, output } => {
            let scheme = match scheme {
                SchemeChoice::Quad => Scheme::Quad,
                SchemeChoice::Ternary => Scheme::Ternary,
            };
            let output = output.clone().unwrap_or_else(|| model.with_extension("ndaw"));
            import(model, tensor.as_deref(), scheme, &output, context)
        }
        Action::Ls { file } => with_weights(file, |weights| ls(weights, context)),
        Action::Show { file, tensor } => with_weights(file, |weights| show(weights, tensor, context)),
        Action::Verify { file } => verify(file, context),
        Action::Add { files } => add(files, context),
        Action::Export { file, output } => with_weights(file, |weights| export(weights, output, context)),
    }
}

fn with_weights(
    path: &Path,
    work: impl FnOnce(&Weights<'_>) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    let file = nda_import::map(path).map_err(Failure::file(path))?;
    let weights = Weights::open(&file)
        .map_err(|error| Failure::Weights { path: path.to_owned(), error: Box::new(error) })?;
    work(&weights)
}

/// Tensors of weights files become blobs of the store.
fn add(files: &[PathBuf], context: &mut Context) -> Result<Exit, Failure> {
    let folder = context.store_folder().ok_or(Failure::NoStore)?;
    // Whoever can open it may write it.
    context.store(Access::Write { sync: true })?;
    let stored = StoredWeights::of(&folder);
    let mut added: Vec<Value> = Vec::new();
    for path in files {
        with_weights(path, |weights| {
            for entry in weights.entries() {
                let is_new = stored.add(entry.hash, entry.blob).map_err(Failure::file(&folder))?;
                if context.json {
                    let mut value = entry_json(&entry);
                    value["new"] = is_new.into();
                    added.push(value);
                } else {
                    let (hash, info) = (entry.hash, entry.tensor().info());
                    let known = if is_new { "" } else { ", known" };
                    writeln!(context.out, "b3:{hash}  {:<24} {}{known}", entry.name, shape(&info))?;
                }
            }
            Ok(Exit::Ok)
        })?;
    }
    if context.json {
        context.print_json(&json!({ "tensors": added }))?;
    }
    Ok(Exit::Ok)
}

/// Writes beside the file, then renames: a file is old or new, never half.
fn import(
    model: &Path,
    only: Option<&str>,
    scheme: Scheme,
    output: &Path,
    context: &mut Context,
) -> Result<Exit, Failure> {
    let refuse = |error: ImportError| Failure::Import { path: model.to_owned(), error: Box::new(error) };
    let bytes_of_model = nda_import::map(model).map_err(Failure::file(model))?;
    let sources = nda_import::read(&bytes_of_model).map_err(refuse)?;
    let plan = Plan::new(sources, only, scheme).map_err(refuse)?;
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(Failure::file(output))?;
    let bar = progress_bar(plan.source_bytes(), context);
    let (hash, reports) =
        plan.run(&mut BufWriter::new(&mut file), &mut |read| bar.inc(read)).map_err(refuse)?;
    bar.finish_and_clear();
    file.persist(output).map_err(|error| Failure::file(output)(error.error))?;
    let size: u64 = std::fs::metadata(output).map_err(Failure::file(output))?.len();
    if context.json {
        let tensors: Vec<Value> = reports.iter().map(report_json).collect();
        let skipped: Vec<Value> = plan
            .skipped()
            .iter()
            .map(|skipped| json!({ "name": skipped.name, "reason": skipped.why }))
            .collect();
        context.print_json(&json!({
            "file": output.display().to_string(),
            "hash": hash.to_string(),
            "bytes": size,
            "tensors": tensors,
            "skipped": skipped,
        }))?;
        return Ok(Exit::Ok);
    }
    for report in &reports {
        let TensorReport { name, source, info, quality, .. } = report;
        write!(context.out, "{:<40} {source:<5} {}", name.escape_debug(), shape(info))?;
        writeln!(
            context.out,
            "  max {:.3e}  RMS {:.3e}  cosine {:.4}",
            quality.max_error, quality.rms_error, quality.cosine
        )?;
    }
    for skipped in plan.skipped() {
        writeln!(context.out, "{:<40} left out: {}", skipped.name.escape_debug(), skipped.why)?;
    }
    let before = bytes(plan.source_bytes());
    let what = counted(reports.len(), "tensor");
    writeln!(context.out, "{}: {what}, {before} became {}, {hash}", output.display(), bytes(size))?;
    Ok(Exit::Ok)
}

/// A bar for people; nothing for scripts.
fn progress_bar(length: u64, context: &Context) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden());
    if std::io::stderr().is_terminal() && !context.json {
        bar.set_style(
            ProgressStyle::with_template("{wide_bar} {bytes}/{total_bytes} {eta}")
                .unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        bar.set_draw_target(ProgressDrawTarget::stderr());
    }
    bar
}

fn ls(weights: &Weights<'_>, context: &mut Context) -> Result<Exit, Failure> {
    if context.json {
        let tensors: Vec<Value> = weights.entries().map(|entry| entry_json(&entry)).collect();
        context.print_json(&json!({ "hash": weights.hash().to_string(), "tensors": tensors }))?;
        return Ok(Exit::Ok);
    }
    for entry in weights.entries() {
        let size = bytes(entry.blob.len() as u64);
        let info = entry.tensor().info();
        writeln!(context.out, "{:.12}  {:<40} {}  {size}", entry.hash.to_string(), entry.name, shape(&info))?;
    }
    Ok(Exit::Ok)
}

fn show(weights: &Weights<'_>, name: &str, context: &mut Context) -> Result<Exit, Failure> {
    let Some(entry) = weights.find(name) else {
        let known: Vec<&str> = weights.entries().take(5).map(|entry| entry.name).collect();
        let count = counted(weights.len(), "tensor");
        return Err(Failure::usage(format!(
            "there is no tensor `{name}`; the file has {count}, such as {}",
            known.join(", ")
        )));
    };
    let tensor = entry.tensor();
    let (low, high) = extremes(&tensor);
    let levels = levels(&tensor);
    if context.json {
        let counts: Vec<Value> =
            levels.iter().map(|(level, count)| json!({ "level": level, "count": count })).collect();
        let mut value = entry_json(&entry);
        value["levels"] = counts.into();
        value["smallest"] = json!(low);
        value["largest"] = json!(high);
        context.print_json(&json!({ "tensor": value }))?;
        return Ok(Exit::Ok);
    }
    writeln!(context.out, "{}\n{}\n{}", entry.name, entry.hash, shape(&tensor.info()))?;
    let what = if levels.is_empty() { "elements" } else { "scales" };
    writeln!(context.out, "{what} from {low} to {high}")?;
    for (level, count) in levels {
        writeln!(context.out, "{level:>2}  {count}")?;
    }
    Ok(Exit::Ok)
}

/// The smallest and the largest scale, or element.
fn extremes(tensor: &Tensor<'_>) -> (f32, f32) {
    let widen = |(low, high): (f32, f32), value: f32| (low.min(value), high.max(value));
    let none = (f32::INFINITY, f32::NEG_INFINITY);
    match tensor {
        Tensor::Weights(matrix) => {
            (0..matrix.scales_len()).map(|index| matrix.scale(index)).fold(none, widen)
        }
        Tensor::Floats(floats) => floats.iter().fold(none, widen),
        _ => none,
    }
}

/// How often each level occurs; nothing of floats.
fn levels(tensor: &Tensor<'_>) -> Vec<(i8, u64)> {
    let Tensor::Weights(matrix) = tensor else { return Vec::new() };
    let mut levels = matrix.scheme().levels().to_vec();
    levels.sort_unstable();
    levels.dedup();
    let mut counts = vec![0; levels.len()];
    for row in 0..matrix.shape().rows() {
        for column in 0..matrix.shape().columns() {
            if let Ok(at) = levels.binary_search(&matrix.weight(row, column)) {
                counts[at] += 1;
            }
        }
    }
    levels.into_iter().zip(counts).collect()
}

fn verify(path: &Path, context: &mut Context) -> Result<Exit, Failure> {
    let file = nda_import::map(path).map_err(Failure::file(path))?;
    let opened = Weights::open(&file);
    let problem = opened.as_ref().err().map(ToString::to_string);
    if context.json {
        let hash = opened.as_ref().ok().map(|weights| weights.hash().to_string());
        context.print_json(&json!({
            "sound": problem.is_none(),
            "problem": problem,
            "hash": hash,
            "bytes": file.len(),
        }))?;
    } else if let Some(problem) = &problem {
        writeln!(context.out, "{problem}")?;
    } else if let Ok(weights) = opened {
        let what = counted(weights.len(), "tensor");
        writeln!(context.out, "{what} and {} checked: all is sound", bytes(file.len() as u64))?;
    }
    Ok(if problem.is_none() { Exit::Ok } else { Exit::Refused })
}

fn export(weights: &Weights<'_>, output: &Path, context: &mut Context) -> Result<Exit, Failure> {
    let fail = |error: std::io::Error| Failure::File { path: output.to_owned(), source: error };
    nda_import::export(weights, output).map_err(|error| fail(std::io::Error::other(error)))?;
    let size = std::fs::metadata(output).map_err(fail)?.len();
    if context.json {
        context.print_json(&json!({ "file": output.display().to_string(), "bytes": size }))?;
    } else {
        let what = counted(weights.len(), "tensor");
        writeln!(context.out, "{}: {what}, {}", output.display(), bytes(size))?;
    }
    Ok(Exit::Ok)
}

fn shape(info: &TensorInfo) -> String {
    format!("{} {}×{}", info.kind.name(), info.shape.rows(), info.shape.columns())
}

fn info_json(name: &str, hash: &str, info: &TensorInfo) -> Value {
    json!({
        "name": name,
        "hash": hash,
        "kind": info.kind.name(),
        "rows": info.shape.rows(),
        "columns": info.shape.columns(),
        "bytes": info.blob_bytes(),
    })
}

fn entry_json(entry: &Entry<'_>) -> Value {
    info_json(entry.name, &entry.hash.to_string(), &entry.tensor().info())
}

fn report_json(report: &TensorReport) -> Value {
    let mut value = info_json(&report.name, &report.hash.to_string(), &report.info);
    value["source"] = json!(report.source);
    value["max_error"] = json!(report.quality.max_error);
    value["rms_error"] = json!(report.quality.rms_error);
    value["cosine"] = json!(report.quality.cosine);
    value
}
