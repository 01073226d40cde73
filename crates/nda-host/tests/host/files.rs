//! `fs`: what lies below a folder that was granted, and nothing else.

use crate::{TIERS, ask, program, refused, run, said};
use nda_engine::{CancelHandle, Limits, RunOptions, Tier, TrapKind, Value};
use std::fs;
use std::path::Path;

/// `data` with files in it, beside what is not to be reached.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("data/inner")).unwrap();
    fs::create_dir(at("other")).unwrap();
    fs::write(at("data/a.txt"), "first\n").unwrap();
    fs::write(at("data/inner/b.txt"), "second").unwrap();
    fs::write(at("data/bytes"), [0xff, 0xfe]).unwrap();
    fs::write(at("outside.txt"), "not yours").unwrap();
    fs::write(at("other/c.txt"), "third").unwrap();
    folder
}

fn grant(folder: &Path, name: &str) -> String {
    format!("fs={}", folder.join(name).display())
}

#[test]
fn texts_and_names_below_a_folder_are_read() {
    let folder = folder();
    let program = program(&[
        &grant(folder.path(), "data"),
        &format!("fs=more:{}", folder.path().join("other").display()),
    ]);
    for tier in TIERS {
        for (path, text) in [
            ("data/a.txt", "first\n"),
            ("data/inner/b.txt", "second"),
            ("data/inner/../a.txt", "first\n"),
            ("data/./inner/b.txt", "second"),
            ("more/c.txt", "third"),
            ("data/none", "error: data/none: there is no such file"),
            ("data/inner", "error: data/inner: it is no file"),
            ("data", "error: data: it is no file"),
            ("data/bytes", "error: data/bytes: it is no text in UTF-8"),
        ] {
            assert_eq!(ask(&program, "read", path, tier), said(text), "{path}");
        }
        for (path, names) in [
            ("data", "[\"a.txt\", \"bytes\", \"inner/\"]"),
            ("data/", "[\"a.txt\", \"bytes\", \"inner/\"]"),
            ("data/inner/", "[\"b.txt\"]"),
            ("data/a.txt", "[\"error: data/a.txt: it is no folder\"]"),
            ("data/none", "[\"error: data/none: there is no such file\"]"),
        ] {
            assert_eq!(ask(&program, "list", path, tier).unwrap().to_string(), names, "{path}");
        }
    }
}

#[test]
fn no_path_leads_out() {
    let folder = folder();
    let program = program(&[&grant(folder.path(), "data")]);
    let absolute = folder.path().join("outside.txt").display().to_string();
    for path in ["data/../outside.txt", "data/inner/../../outside.txt", "data/..", "data//etc/passwd"] {
        refused(&program, "read", path, "leads out of the folder");
        refused(&program, "list", path, "leads out of the folder");
    }
    for path in [&absolute, "/etc/passwd", "../outside.txt", "other/c.txt", "", ".", "~/a", "dat/a.txt"] {
        refused(&program, "read", path, "is in no folder that was granted; granted: `data`");
    }
}

#[cfg(unix)]
#[test]
fn no_link_leads_out_and_what_is_no_file_is_not_waited_for() {
    use std::os::unix::fs::symlink;
    let folder = folder();
    let data = folder.path().join("data");
    symlink("../outside.txt", data.join("up")).unwrap();
    symlink(folder.path().join("outside.txt"), data.join("absolute")).unwrap();
    symlink("../other", data.join("folder")).unwrap();
    symlink("inner/b.txt", data.join("within")).unwrap();
    symlink("loop", data.join("loop")).unwrap();
    let pipe = std::process::Command::new("mkfifo").arg(data.join("pipe")).status();
    let program = program(&[&grant(folder.path(), "data")]);
    for path in ["data/up", "data/absolute", "data/folder/c.txt", "data/inner/../up"] {
        refused(&program, "read", path, "leads out of the folder");
    }
    refused(&program, "list", "data/folder", "leads out of the folder");
    for tier in TIERS {
        assert_eq!(ask(&program, "read", "data/within", tier), said("second"));
        let Ok(Value::Str(looped)) = ask(&program, "read", "data/loop", tier) else { panic!() };
        assert!(looped.starts_with("error: data/loop: "), "{looped}");
        if pipe.as_ref().is_ok_and(std::process::ExitStatus::success) {
            assert_eq!(ask(&program, "read", "data/pipe", tier), said("error: data/pipe: it is no file"));
        }
    }
}

#[test]
fn size_is_bounded_and_charged() {
    let folder = folder();
    let large = folder.path().join("data/large");
    fs::write(&large, "x".repeat(100_000)).unwrap();
    let program = program(&[&grant(folder.path(), "data")]);
    let args = [Value::Str("data/large".to_owned())];
    let with = |memory_bytes, tier| {
        let limits = Limits { memory_bytes, ..Limits::default() };
        run(&program, "read", &args, &RunOptions { limits, tier, ..program.options.clone() }).unwrap().outcome
    };
    let first = with(1 << 20, Tier::Eval);
    for tier in TIERS {
        let outcome = with(1 << 20, tier);
        assert!(outcome.result.is_ok(), "{:?}", outcome.result);
        assert_eq!((outcome.fuel, outcome.peak_bytes), (first.fuel, first.peak_bytes));
        assert!(outcome.peak_bytes >= 100_000 && outcome.fuel >= 100_000 / 64, "{outcome:?}");
        // More than the limit is not even read; what would just fit alone does not fit beside its path.
        let trap = with(50_000, tier).result.unwrap_err();
        assert!(
            trap.kind == TrapKind::HostError && trap.message.contains("may hold, 50000"),
            "{}",
            trap.message
        );
        assert_eq!(with(100_000, tier).result.unwrap_err().kind, TrapKind::OutOfMemory);
    }
    fs::File::options().write(true).open(&large).unwrap().set_len(nda_host::MAX_FILE_BYTES + 1).unwrap();
    let too_large = format!("error: data/large: it has more than {} bytes", nda_host::MAX_FILE_BYTES);
    assert_eq!(ask(&program, "read", "data/large", Tier::Closure), said(&too_large));
}

#[test]
fn a_run_that_is_over_ends_with_its_own_reason_whatever_the_host_says() {
    // Cancelled between the first instruction and the end of the call: the host function itself does it.
    for tier in TIERS {
        let cancel = CancelHandle::new();
        let mut engine = nda_engine::Engine::new();
        let handle = cancel.clone();
        engine.register("stop::now", "stop", move || {
            handle.cancel();
            Err::<i64, _>("stopped".to_owned())
        });
        let grants = nda_engine::Grants::only(["stop"]);
        let options = RunOptions { tier, grants, cancel: Some(cancel), ..RunOptions::default() };
        let source = "#[uses(stop)]\nfn main() -> i64 { stop::now() }";
        let stopped = crate::with(engine, source, options);
        let trap = run(&stopped, "main", &[], &stopped.options).unwrap().outcome.result.unwrap_err();
        assert_eq!(trap.kind, TrapKind::Cancelled, "{}", tier.name());
    }
}
