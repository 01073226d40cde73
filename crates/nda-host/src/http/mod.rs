//! `http`: texts from sites on a list.
//!
//! A request is made on a thread of its own, so that the run's deadline and its cancellation end the wait whatever the client is
//! at; the thread ends by its own time limit. Redirects are followed here, each target being held to the list as the first one
//! is, and what a name resolves to is looked at before anything connects ([`site`]).

mod site;

use nda_engine::{Attempt, Caller, Engine};
pub(crate) use site::Site;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};
use ureq::Agent;
use ureq::http::{StatusCode, header};
use ureq::unversioned::transport::DefaultConnector;
use url::Url;

/// The largest answer that is read.
pub const MAX_BODY_BYTES: u64 = 4 << 20;
/// The longest a request takes, redirects included.
pub const MAX_WAIT: Duration = Duration::from_secs(30);
/// The most redirects of one request.
pub const MAX_REDIRECTS: usize = 5;
/// Requests under way at once in this process, those included that nobody waits for any more.
const MAX_UNDER_WAY: usize = 64;
/// How often somebody looks whether the run was cancelled.
const LOOK: Duration = Duration::from_millis(5);

/// Why there is no text: that is how the world is, or it is more than was granted.
#[derive(Debug)]
enum Failure {
    World(String),
    Refused(String),
}

/// One of those under way.
struct UnderWay;

static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);

impl UnderWay {
    fn begin() -> Result<Self, Failure> {
        let count = |now| if now < MAX_UNDER_WAY { Some(now + 1) } else { None };
        match UNDER_WAY.fetch_update(Ordering::AcqRel, Ordering::Acquire, count) {
            Ok(_) => Ok(Self),
            Err(_) => Err(Failure::World("too many requests are under way".to_owned())),
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        UNDER_WAY.fetch_sub(1, Ordering::AcqRel);
    }
}

/// What one request may take.
struct Request {
    sites: Arc<[Site]>,
    until: Instant,
    limit: u64,
}

impl Request {
    fn get(&self, url: Url) -> Result<Vec<u8>, Failure> {
        let mut url = url;
        for _ in 0..=MAX_REDIRECTS {
            let site = site::of(&self.sites, &url).map_err(Failure::Refused)?;
            let response = self.send(&url, site)?;
            let status = response.status();
            let target = response.headers().get(header::LOCATION);
            match target {
                Some(target) if is_redirect(status) => {
                    let target = target.to_str().ok().and_then(|target| url.join(target).ok());
                    url = target.ok_or_else(|| {
                        Failure::World(format!("{}: it leads to what is no URL", shown(&url)))
                    })?;
                }
                _ if status.is_success() => return self.body(response, &url),
                _ => return Err(Failure::World(format!("{}: status {}", shown(&url), status.as_u16()))),
            }
        }
        Err(Failure::World(format!("{}: more than {MAX_REDIRECTS} redirects", shown(&url))))
    }

    fn send(&self, url: &Url, site: &Site) -> Result<ureq::http::Response<ureq::Body>, Failure> {
        let config = Agent::config_builder()
            .timeout_global(Some(self.until.saturating_duration_since(Instant::now())))
            // A proxy would go where the list does not allow it.
            .proxy(None)
            .max_redirects(0)
            .http_status_as_error(false)
            .max_idle_connections(0)
            .user_agent(concat!("nda/", env!("CARGO_PKG_VERSION")))
            .build();
        let resolver = site::Resolver::new(&self.sites, site);
        let agent = Agent::with_parts(config, DefaultConnector::new(), resolver);
        agent.get(url.as_str()).call().map_err(|error| failure(url, error))
    }

    fn body(&self, response: ureq::http::Response<ureq::Body>, url: &Url) -> Result<Vec<u8>, Failure> {
        // One byte more than there may be tells the one from the other.
        let limit = self.limit.saturating_add(1);
        let read = response.into_body().into_with_config().limit(limit).read_to_vec();
        match read {
            Err(ureq::Error::BodyExceedsLimit(_)) => {}
            Ok(bytes) if bytes.len() as u64 <= self.limit => return Ok(bytes),
            Ok(_) => {}
            Err(error) => return Err(failure(url, error)),
        }
        Err(match self.limit {
            MAX_BODY_BYTES => Failure::World(format!("{}: more than {MAX_BODY_BYTES} bytes", shown(url))),
            limit => {
                let shown = shown(url);
                Failure::Refused(format!("`{shown}` gives more bytes than the run may hold, {limit}"))
            }
        })
    }
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// A URL without what may be a secret in it.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    // What has no host has no user either, and these say so.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
}

fn failure(url: &Url, error: ureq::Error) -> Failure {
    let shown = shown(url);
    if let ureq::Error::Other(inner) = &error
        && let Some(private) = inner.downcast_ref::<site::Private>()
    {
        return Failure::Refused(format!("`{shown}`: {private}"));
    }
    Failure::World(match error {
        ureq::Error::Timeout(_) => format!("{shown}: it took too long"),
        ureq::Error::HostNotFound => format!("{shown}: there is no such host"),
        error => format!("{shown}: {error}"),
    })
}

fn get(sites: &Arc<[Site]>, url: &str, caller: &Caller<'_>) -> Result<String, Failure> {
    let mut url = Url::parse(url).map_err(|error| Failure::Refused(format!("`{url}` is no URL: {error}")))?;
    url.set_fragment(None);
    site::of(sites, &url).map_err(Failure::Refused)?;
    let under_way = UnderWay::begin()?;
    let wait = caller.time_left().map_or(MAX_WAIT, |left| left.min(MAX_WAIT));
    let request = Request {
        sites: Arc::clone(sites),
        until: Instant::now() + wait,
        limit: MAX_BODY_BYTES.min(caller.memory_bytes()),
    };
    let shown = shown(&url);
    let (sender, receiver) = mpsc::channel();
    let started = std::thread::Builder::new().name("nda-http".to_owned()).spawn(move || {
        let _under_way = under_way;
        // Nobody waiting any more is no error.
        let _ = sender.send(request.get(url));
    });
    started.map_err(|error| Failure::World(format!("{shown}: no thread for it: {error}")))?;
    loop {
        match receiver.recv_timeout(LOOK) {
            Ok(answer) => {
                let text = String::from_utf8(answer?);
                return text.map_err(|_| Failure::World(format!("{shown}: it is no text in UTF-8")));
            }
            // The engine says which of the two it was.
            Err(RecvTimeoutError::Timeout) if caller.is_over() => {
                return Err(Failure::Refused("the run is over".to_owned()));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Failure::World(format!("{shown}: the client failed")));
            }
        }
    }
}

pub(crate) fn install(engine: &mut Engine, sites: &[Site]) {
    let sites: Arc<[Site]> = sites.into();
    engine.register_with("http::get", "http", move |caller: &mut Caller<'_>, (url,): (String,)| {
        match get(&sites, &url, caller) {
            Ok(text) => Ok(Attempt(Ok(text))),
            // If it ended by the run's own deadline, that is what the program ends by: the client is a little early at times.
            Err(Failure::World(text)) => {
                wait_out(caller);
                Ok(Attempt(Err(text)))
            }
            Err(Failure::Refused(text)) => Err(text),
        }
    });
}

/// Waits for the last moments of a run.
fn wait_out(caller: &Caller<'_>) {
    if let Some(left) = caller.time_left().filter(|&left| left < LOOK) {
        std::thread::sleep(left);
    }
}
