//! `http` against servers of the test's own, on the loopback.

use crate::{TIERS, ask, program, refused, run, said};
use nda_engine::{CancelHandle, Limits, RunOptions, Tier, TrapKind, Value};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A server that answers each request by its path, and how many it got. It lives as long as the test.
fn serve(answer: impl Fn(&str, &mut TcpStream) + Send + Sync + 'static) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, answer, counted) = (stream.unwrap(), Arc::clone(&answer), Arc::clone(&counted));
            std::thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut first = String::new();
                if reader.read_line(&mut first).unwrap_or(0) == 0 {
                    return;
                }
                counted.fetch_add(1, Ordering::SeqCst);
                let mut line = String::new();
                while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                    line.clear();
                }
                answer(first.split(' ').nth(1).unwrap_or_default(), &mut stream);
            });
        }
    });
    (address, count)
}

fn reply(stream: &mut TcpStream, head: &str, body: &[u8]) {
    let head = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    // A client that went away is no error.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
}

/// How a run ends within its deadline, and how long it took.
fn within(grants: &[&str], url: &str, options: RunOptions) -> (TrapKind, Duration) {
    let program = program(grants);
    let options = RunOptions { grants: program.options.grants.clone(), ..options };
    let started = Instant::now();
    let ran = run(&program, "fetch", &[Value::Str(url.to_owned())], &options).unwrap();
    (ran.outcome.result.unwrap_err().kind, started.elapsed())
}

#[test]
fn a_text_comes_back_and_a_failure_is_the_programs_to_deal_with() {
    let (address, _) = serve(|path, stream| match path {
        "/hello?who=me" => reply(stream, "200 OK", b"hello"),
        "/bytes" => reply(stream, "200 OK", &[0xff]),
        "/empty" => reply(stream, "200 OK", b""),
        "/garbage" => stream.write_all(b"what?\r\n\r\n").unwrap(),
        "/short" => stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc").unwrap(),
        _ => reply(stream, "404 Not Found", b"no"),
    });
    let program = program(&[&format!("http={address}")]);
    let base = format!("http://{address}");
    for tier in TIERS {
        let fetch = |path: &str| ask(&program, "fetch", &format!("{base}{path}"), tier);
        assert_eq!(fetch("/hello?who=me#part"), said("hello"));
        assert_eq!(fetch("/empty"), said(""));
        // What stands behind the question mark may be a secret.
        assert_eq!(fetch("/none?key=1"), said(&format!("error: {base}/none: status 404")));
        assert_eq!(fetch("/bytes"), said(&format!("error: {base}/bytes: it is no text in UTF-8")));
        for path in ["/garbage", "/short"] {
            let Ok(Value::Str(text)) = fetch(path) else { panic!("{path}") };
            assert!(text.starts_with(&format!("error: {base}{path}: ")), "{text}");
        }
    }
    // Nobody listens there.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let program = crate::program(&[&format!("http={closed}")]);
    let Ok(Value::Str(text)) = ask(&program, "fetch", &format!("http://{closed}/"), Tier::Closure) else {
        panic!()
    };
    assert!(text.starts_with("error: "), "{text}");
}

#[test]
fn what_is_not_on_the_list_is_not_even_connected_to() {
    let (address, count) = serve(|_, stream| reply(stream, "200 OK", b"reached"));
    let port = address.port();
    let program = program(&["http=example.invalid,127.0.0.1:1"]);
    for url in [
        format!("http://{address}/"),
        format!("http://localhost:{port}/"),
        format!("http://example.invalid@{address}/"),
        format!("http://example.invalid:{port}/"),
        "file:///etc/passwd".to_owned(),
        "ftp://example.invalid/".to_owned(),
        "http://user:word@example.invalid/".to_owned(),
        "example.invalid".to_owned(),
        "http://".to_owned(),
    ] {
        refused(&program, "fetch", &url, "");
    }
    refused(&program, "fetch", &format!("http://{address}/"), "granted: `example.invalid`, `127.0.0.1:1`");
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

#[test]
fn a_name_that_leads_to_a_private_address_is_refused() {
    let (address, count) = serve(|_, stream| reply(stream, "200 OK", b"reached"));
    let port = address.port();
    // By the resolver itself, since no name of the network can be relied on: `ip6-localhost` and its like differ by system.
    let name = std::fs::read_to_string("/etc/hosts").unwrap_or_default();
    let name = name.lines().filter_map(|line| line.split('#').next()).find_map(|line| {
        let mut words = line.split_whitespace();
        let first = words.next()?;
        let is_private = first.starts_with("127.")
            || first.starts_with("10.")
            || first.starts_with("172.")
            || first == "::1";
        words.find(|word| is_private && !word.starts_with("localhost")).map(str::to_owned)
    });
    if let Some(name) = name {
        let program = program(&[&format!("http={name}:{port}")]);
        refused(&program, "fetch", &format!("http://{name}:{port}/"), "at the private address");
        assert_eq!(count.load(Ordering::SeqCst), 0);
    }
    // `localhost` is this machine and nothing else: whoever grants it means it.
    let program = program(&[&format!("http=localhost:{port}")]);
    assert_eq!(ask(&program, "fetch", &format!("http://localhost:{port}/"), Tier::Closure), said("reached"));
}

#[test]
fn redirects_are_held_to_the_list() {
    let (other, reached) = serve(|_, stream| reply(stream, "200 OK", b"other"));
    let (address, _) = serve(move |path, stream| {
        let to = |target: &str| format!("302 Found\r\nLocation: {target}");
        match path {
            "/here" => reply(stream, &to("sub/there"), b""),
            "/sub/there" => reply(stream, "200 OK", b"arrived"),
            "/away" => reply(stream, &to(&format!("http://{other}/")), b""),
            "/file" => reply(stream, &to("file:///etc/passwd"), b""),
            "/round" => reply(stream, &to("/round"), b""),
            _ => reply(stream, "302 Found", b"nowhere"),
        }
    });
    let only = program(&[&format!("http={address}")]);
    let url = |path: &str| format!("http://{address}{path}");
    for tier in TIERS {
        assert_eq!(ask(&only, "fetch", &url("/here"), tier), said("arrived"));
        let round = format!("error: {}: more than 5 redirects", url("/round"));
        assert_eq!(ask(&only, "fetch", &url("/round"), tier), said(&round));
        assert_eq!(ask(&only, "fetch", &url("/x"), tier), said(&format!("error: {}: status 302", url("/x"))));
    }
    refused(&only, "fetch", &url("/away"), &format!("`{other}` is not granted"));
    refused(&only, "fetch", &url("/file"), "`file` is neither http nor https");
    assert_eq!(reached.load(Ordering::SeqCst), 0);
    let both = program(&[&format!("http={address},{other}")]);
    assert_eq!(ask(&both, "fetch", &url("/away"), Tier::Closure), said("other"));
}

#[test]
fn what_is_too_large_is_refused() {
    let (address, _) = serve(|path, stream| match path {
        "/fits" => reply(stream, "200 OK", "x".repeat(100_000).as_bytes()),
        "/most" => reply(stream, "200 OK", "x".repeat(nda_host::MAX_BODY_BYTES as usize).as_bytes()),
        "/large" => reply(stream, "200 OK", "x".repeat(nda_host::MAX_BODY_BYTES as usize + 1).as_bytes()),
        // Without an end, and without saying so.
        _ => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
            while stream.write_all(&[b'x'; 65_536]).is_ok() {}
        }
    });
    let program = program(&[&format!("http={address}")]);
    let url = |path: &str| format!("http://{address}{path}");
    let too_large =
        |path: &str| format!("error: {}: more than {} bytes", url(path), nda_host::MAX_BODY_BYTES);
    let Ok(Value::Str(most)) = ask(&program, "fetch", &url("/most"), Tier::Closure) else { panic!() };
    assert_eq!(most.len() as u64, nda_host::MAX_BODY_BYTES);
    for path in ["/large", "/endless"] {
        assert_eq!(ask(&program, "fetch", &url(path), Tier::Closure), said(&too_large(path)));
    }
    for tier in TIERS {
        let limits = Limits { memory_bytes: 50_000, ..Limits::default() };
        let options = RunOptions { limits, tier, ..program.options.clone() };
        let ran = run(&program, "fetch", &[Value::Str(url("/fits"))], &options).unwrap();
        let trap = ran.outcome.result.unwrap_err();
        assert!(
            trap.kind == TrapKind::HostError && trap.message.contains("may hold, 50000"),
            "{}",
            trap.message
        );
        let charged = run(&program, "fetch", &[Value::Str(url("/fits"))], &program.options).unwrap().outcome;
        assert!(charged.peak_bytes >= 100_000 && charged.fuel >= 100_000 / 64, "{charged:?}");
    }
}

#[test]
fn waiting_counts_against_the_deadline_and_ends_with_it() {
    // One that never answers, and one that never comes to an end.
    let (address, _) = serve(|path, stream| {
        if path == "/drip" {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
            while stream.write_all(b"x").is_ok() {
                std::thread::sleep(Duration::from_millis(2));
            }
        }
        std::thread::sleep(Duration::from_secs(60));
    });
    let grant = format!("http={address}");
    for tier in TIERS {
        for path in ["/silence", "/drip"] {
            let deadline = Some(Duration::from_millis(60));
            let (kind, took) = within(
                &[&grant],
                &format!("http://{address}{path}"),
                RunOptions { deadline, tier, ..RunOptions::default() },
            );
            assert_eq!(kind, TrapKind::DeadlineExceeded, "{path} on {}", tier.name());
            assert!(took >= Duration::from_millis(60) && took < Duration::from_secs(20), "{took:?}");
        }
    }
}

#[test]
fn cancelling_ends_the_wait() {
    let (address, count) = serve(|_, _| std::thread::sleep(Duration::from_secs(60)));
    for tier in TIERS {
        let cancel = CancelHandle::new();
        let handle = cancel.clone();
        let before = count.load(Ordering::SeqCst);
        let count = Arc::clone(&count);
        let stopper = std::thread::spawn(move || {
            while count.load(Ordering::SeqCst) == before {
                std::thread::sleep(Duration::from_millis(1));
            }
            handle.cancel();
        });
        let options = RunOptions { cancel: Some(cancel), tier, ..RunOptions::default() };
        let (kind, took) = within(&[&format!("http={address}")], &format!("http://{address}/"), options);
        stopper.join().unwrap();
        assert_eq!(kind, TrapKind::Cancelled, "{}", tier.name());
        // The client alone would have waited for `MAX_WAIT`.
        assert!(took < nda_host::MAX_WAIT, "{took:?}");
    }
}
