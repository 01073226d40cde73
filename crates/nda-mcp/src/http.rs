//! The protocol over HTTP: one endpoint, `/mcp`, in the protocol's Streamable HTTP. What may reach it is decided here: who knows
//! the token, from a page or a host that is allowed, not too often and not too much.

use crate::house::{House, Options};
use crate::server::Server;
use crate::stdio::{LAST_WORDS, MAX_MESSAGE_BYTES, ServeError, runtime};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use nda_graph::Hash;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde_json::json;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// The one path.
const ENDPOINT: &str = "/mcp";
/// Connections at once; further ones wait to be accepted.
const CONNECTIONS: usize = 256;
/// Sessions at once; a session that does nothing for five minutes ends.
const SESSIONS: usize = 256;
/// The longest that the head of a request, and then its body, may take to arrive.
const PATIENCE: Duration = Duration::from_secs(30);
/// The most bytes of a request's head; hyper, which reads in pieces of this size, may read two before it refuses by itself.
const MAX_HEAD_BYTES: usize = 64 << 10;

/// Pages of this machine, which the protocol demands to let in; they need the token as everybody does.
const LOOPBACK_ORIGINS: [&str; 3] = ["http://localhost:*", "http://127.0.0.1:*", "http://[::1]:*"];

/// How to serve HTTP.
pub struct HttpOptions {
    /// Where to listen.
    pub address: SocketAddr,
    /// What a client must know: `Authorization: Bearer TOKEN`.
    pub token: String,
    /// Names by which this machine may be addressed, besides those of the loopback.
    pub hosts: Vec<String>,
    /// Pages that may speak to it besides those of this machine: `https://app.example`. What is no browser sends no origin.
    pub origins: Vec<String>,
    /// Requests a second, over a while; four times as many at once.
    pub rate: u32,
}

type Answer = Response<BoxBody<Bytes, Infallible>>;

/// What guards the endpoint.
struct Guard {
    /// Of the header that is wanted: comparing hashes tells nothing about where two texts differ.
    wanted: Hash,
    bucket: Mutex<Bucket>,
    rate: f64,
    sessions: Arc<LocalSessionManager>,
    service: StreamableHttpService<Server, LocalSessionManager>,
}

/// Requests that may come now.
struct Bucket {
    left: f64,
    at: Instant,
}

/// A token that nobody guesses.
///
/// # Errors
/// If the system has no randomness to give.
pub fn random_token() -> Result<String, ServeError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Listens, says where through `ready`, and serves for ever.
///
/// # Errors
/// If the address cannot be listened at.
pub fn serve_http(
    options: Options,
    http: HttpOptions,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), ServeError> {
    let runtime = runtime()?;
    let served = runtime.block_on(async {
        let listener = TcpListener::bind(http.address).await?;
        ready(listener.local_addr()?);
        serve_at(options, http, listener).await;
        Ok(())
    });
    runtime.shutdown_timeout(LAST_WORDS);
    served
}

/// Serves whoever connects, for ever; dropping it stops everything that is at work.
pub async fn serve_at(options: Options, http: HttpOptions, listener: TcpListener) {
    let house = Arc::new(House::new(options));
    let own = LOOPBACK_ORIGINS.map(str::to_owned);
    let mut config = StreamableHttpServerConfig::default()
        .with_allowed_origins(own.into_iter().chain(http.origins))
        .enforce_origin_validation()
        .with_max_request_body_bytes(MAX_MESSAGE_BYTES);
    config.allowed_hosts.extend(http.hosts);
    let sessions = Arc::new(LocalSessionManager::default());
    let server = Server { house };
    let service = StreamableHttpService::new(move || Ok(server.clone()), Arc::clone(&sessions), config);
    let rate = f64::from(http.rate.max(1));
    let guard = Arc::new(Guard {
        wanted: Hash::of("bearer", format!("Bearer {}", http.token).as_bytes()),
        bucket: Mutex::new(Bucket { left: rate * 4.0, at: Instant::now() }),
        rate,
        sessions,
        service,
    });
    let connections = Arc::new(Semaphore::new(CONNECTIONS));
    let mut open = tokio::task::JoinSet::new();
    loop {
        while open.try_join_next().is_some() {}
        let Ok(permit) = Arc::clone(&connections).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            // Out of descriptors, most likely: others may be given back.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let guard = Arc::clone(&guard);
        open.spawn(async move {
            let _permit = permit;
            let answer = service_fn(|request| {
                let guard = Arc::clone(&guard);
                async move { Ok::<_, Infallible>(guard.answer(request).await) }
            });
            // What a connection dies of is its client's business.
            let _ = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(PATIENCE)
                .max_buf_size(MAX_HEAD_BYTES)
                .serve_connection(TokioIo::new(stream), answer)
                .await;
        });
    }
}

impl Guard {
    async fn answer(&self, request: Request<Incoming>) -> Answer {
        if !self.may_come_now() {
            let mut answer = refusal(StatusCode::TOO_MANY_REQUESTS, "too many requests; wait a second");
            answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
            return answer;
        }
        let head = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len());
        if head.sum::<usize>() > MAX_HEAD_BYTES {
            return refusal(
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "the head of the request is too long",
            );
        }
        let known = request.headers().get(AUTHORIZATION).map(|given| Hash::of("bearer", given.as_bytes()));
        if known != Some(self.wanted) {
            let mut answer = refusal(
                StatusCode::UNAUTHORIZED,
                "the header `Authorization: Bearer TOKEN` is missing or wrong",
            );
            answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            return answer;
        }
        if request.uri().path() != ENDPOINT {
            return refusal(StatusCode::NOT_FOUND, "there is only /mcp here");
        }
        let opens =
            request.method() == hyper::Method::POST && !request.headers().contains_key("mcp-session-id");
        if opens && self.sessions.sessions.read().await.len() >= SESSIONS {
            return refusal(StatusCode::SERVICE_UNAVAILABLE, "too many sessions; end one with DELETE");
        }
        let (head, body) = request.into_parts();
        let body = match tokio::time::timeout(PATIENCE, Limited::new(body, MAX_MESSAGE_BYTES).collect()).await
        {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(error)) if error.is::<LengthLimitError>() => {
                let message = format!("the message is longer than {MAX_MESSAGE_BYTES} bytes");
                return refusal(StatusCode::PAYLOAD_TOO_LARGE, &message);
            }
            Ok(Err(_)) => return refusal(StatusCode::BAD_REQUEST, "the body broke off"),
            Err(_) => return refusal(StatusCode::REQUEST_TIMEOUT, "the body did not come in time"),
        };
        self.service.handle(Request::from_parts(head, Full::new(body))).await
    }

    /// Takes one from the bucket, which fills with time.
    fn may_come_now(&self) -> bool {
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let more = now.duration_since(bucket.at).as_secs_f64() * self.rate;
        bucket.left = (bucket.left + more).min(self.rate * 4.0);
        bucket.at = now;
        let may = bucket.left >= 1.0;
        if may {
            bucket.left -= 1.0;
        }
        may
    }
}

/// A refusal, in the words of the protocol.
fn refusal(status: StatusCode, message: &str) -> Answer {
    let body = json!({ "jsonrpc": "2.0", "id": null, "error": { "code": -32000, "message": message } });
    let mut answer = Response::new(Full::new(Bytes::from(body.to_string())).boxed());
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}
