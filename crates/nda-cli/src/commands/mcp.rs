//! `nda mcp`.

use crate::context::{Access, Context, Exit};
use crate::failure::Failure;
use crate::keys::Signing;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Options.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// Who commits, whatever clients say, and who the policy lets write [default: $NDA_AUTHOR, or the user's name]
    #[arg(long, visible_alias = "as", value_name = "NAME")]
    author: Option<String>,
    #[command(flatten)]
    signing: Signing,
    /// Grant runs a capability; may stand several times: clock, random, env=HOME,LANG, fs=./data, http=example.org
    #[arg(long, value_name = "CAP")]
    grant: Vec<String>,
    /// Offer no tool that writes
    #[arg(long)]
    read_only: bool,
    /// Serve HTTP at this address, 127.0.0.1:7420 or a port of the loopback, instead of standard input and output
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    http: Option<SocketAddr>,
    /// The file with the bearer token [default: $NDA_MCP_TOKEN, or a new one, printed on standard error]
    #[arg(long, value_name = "FILE", requires = "http")]
    token_file: Option<PathBuf>,
    /// A name by which this machine may be addressed, besides those of the loopback; may stand several times
    #[arg(long, value_name = "HOST", requires = "http")]
    allow_host: Vec<String>,
    /// A page that may speak to it, `https://app.example`; may stand several times
    #[arg(long, value_name = "ORIGIN", requires = "http")]
    allow_origin: Vec<String>,
    /// The most requests a second, over a while
    #[arg(long, value_name = "N", requires = "http", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
}

/// Reads an address; a port alone is one of the loopback.
fn address(text: &str) -> Result<SocketAddr, String> {
    let port = text.trim_start_matches(':').parse::<u16>();
    port.map(|port| SocketAddr::from(([127, 0, 0, 1], port)))
        .or_else(|_| text.parse())
        .map_err(|_| "expected an address and a port, such as 127.0.0.1:7420, or a port".to_owned())
}

/// The token that clients must know, and whether it is a new one.
fn token(file: Option<&Path>, address: SocketAddr) -> Result<(String, bool), Failure> {
    let given = match file {
        Some(file) => Some(std::fs::read_to_string(file).map_err(Failure::file(file))?),
        None => std::env::var("NDA_MCP_TOKEN").ok(),
    };
    match given.as_deref().map(str::trim) {
        None if address.ip().is_loopback() => Ok((nda_mcp::random_token()?, true)),
        None => Err(Failure::usage(format!(
            "{address} can be reached from other machines: that needs a token of your own, in $NDA_MCP_TOKEN or --token-file"
        ))),
        Some(token) if token.len() < 16 || !token.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Err(Failure::usage("a token has at least 16 letters, digits and signs, and no spaces"))
        }
        Some(token) => Ok((token.to_owned(), false)),
    }
}

/// Serves until the client goes away; over HTTP, for ever.
pub fn run(options: Options, context: &mut Context) -> Result<Exit, Failure> {
    let access = if options.read_only { Access::Read } else { Access::Write { sync: true } };
    let store = context.store(access)?;
    context.check_branch(&store.snapshot()?)?;
    let granted = nda_host::Granted::read(&options.grant).map_err(Failure::grant)?;
    let mut engine = context.engine();
    granted.install(&mut engine);
    let served = nda_mcp::Options {
        store,
        engine,
        branch: context.branch.clone(),
        author: super::commit::author(options.author.as_deref()),
        grants: granted.names().map(str::to_owned).collect(),
        read_only: options.read_only,
        signer: options.signing.key()?,
    };
    let Some(address) = options.http else {
        nda_mcp::serve_stdio(served)?;
        return Ok(Exit::Ok);
    };
    let (token, is_new) = token(options.token_file.as_deref(), address)?;
    let shown = if is_new { format!("\nAuthorization: Bearer {token}") } else { String::new() };
    let http = nda_mcp::HttpOptions {
        address,
        token,
        hosts: options.allow_host,
        origins: options.allow_origin,
        rate: options.rate,
    };
    nda_mcp::serve_http(served, http, |address| {
        // Nobody listening is no reason to stop.
        let _ = context.print_err(&format!("serving http://{address}/mcp{shown}"));
    })?;
    Ok(Exit::Ok)
}
