//! Sites on a list, and the addresses that they may have.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs};
use ureq::unversioned::transport::NextTimeout;
use url::{Host, Url};

/// A host, and a port of it: without one those of the web, 80 for `http` and 443 for `https`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Site {
    host: Host<String>,
    port: Option<u16>,
}

impl Site {
    /// `example.org`, `example.org:8080`, `10.0.0.1`, `[::1]:8080`.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let expected = || format!("`{text}` is no host, such as `example.org` or `example.org:8080`");
        let behind = text.rfind(']').map_or(0, |end| end + 1);
        let (host, port) = match text[behind..].split_once(':') {
            Some((between, port)) => (&text[..behind + between.len()], Some(port)),
            None => (text, None),
        };
        let port = port.map(|port| port.parse().map_err(|_| expected())).transpose()?;
        if host.is_empty() || host.contains('*') {
            return Err(expected());
        }
        Ok(Self { host: Host::parse(host).map_err(|_| expected())?, port })
    }

    fn holds(&self, url: &Url) -> bool {
        let port = match (self.port, url.scheme()) {
            (Some(port), _) => port,
            (None, "https") => 443,
            (None, _) => 80,
        };
        url.host() == Some(as_ref(&self.host)) && url.port_or_known_default() == Some(port)
    }

    /// The address that it is, if it is one and no name.
    fn address(&self) -> Option<IpAddr> {
        match self.host {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(address.into()),
            Host::Ipv6(address) => Some(address.into()),
        }
    }

    /// Whether this machine itself is meant, and nothing else can be.
    fn is_localhost(&self) -> bool {
        matches!(&self.host, Host::Domain(name) if name == "localhost")
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

fn as_ref(host: &Host<String>) -> Host<&str> {
    match host {
        Host::Domain(name) => Host::Domain(name),
        Host::Ipv4(address) => Host::Ipv4(*address),
        Host::Ipv6(address) => Host::Ipv6(*address),
    }
}

/// The site of the list that a URL is of.
pub(crate) fn of<'s>(sites: &'s [Site], url: &Url) -> Result<&'s Site, String> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("`{}` is neither http nor https", url.scheme()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("a URL with a name or a password in it is not asked for".to_owned());
    }
    let authority = || url.host_str().unwrap_or_default().to_owned();
    let found = sites.iter().find(|site| site.holds(url)).ok_or_else(|| {
        let known: Vec<String> = sites.iter().map(Site::to_string).collect();
        let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
        let known = crate::grant::there_are(known.iter());
        format!("`{}{port}` is not granted; {known}", authority())
    })?;
    // What connects reads the URL by itself, and must read the same.
    let read: Option<Uri> = url.as_str().parse().ok();
    let host = read.as_ref().and_then(Uri::host);
    match host.is_some_and(|host| host == authority()) {
        true => Ok(found),
        false => Err("the URL can be read in two ways".to_owned()),
    }
}

/// A name led to an address that is not for everybody.
#[derive(Debug)]
pub(crate) struct Private(IpAddr);

impl fmt::Display for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it is at the private address {}, which is not granted itself", self.0)
    }
}

impl std::error::Error for Private {}

/// Finds a site's addresses, and refuses private ones that are not on the list themselves: a name may lead anywhere.
#[derive(Debug)]
pub(crate) struct Resolver {
    listed: Vec<IpAddr>,
    is_localhost: bool,
}

impl Resolver {
    pub(crate) fn new(sites: &[Site], site: &Site) -> Self {
        Self { listed: sites.iter().filter_map(Site::address).collect(), is_localhost: site.is_localhost() }
    }

    fn allows(&self, address: IpAddr) -> bool {
        is_public(address) || self.listed.contains(&address) || self.is_localhost && address.is_loopback()
    }
}

impl ureq::unversioned::resolver::Resolver for Resolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = DefaultResolver::default().resolve(uri, config, timeout)?;
        match found.iter().find(|found| !self.allows(found.ip())) {
            Some(private) => Err(ureq::Error::Other(Box::new(Private(private.ip())))),
            None => Ok(found),
        }
    }
}

/// Whether an address is one of the public Internet, as the registries of special addresses of IANA say.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(a == 0
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        // Shared by the customers of a provider, for protocols, for benchmarks, 6to4's relays, kept for later.
        || (a == 100 && b & 0xc0 == 64)
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && b & 0xfe == 18)
        || a >= 240)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    // Only what lies in 2000::/3 is given out; and there, not what carries an address of the fourth version inside, nor
    // protocols, documentation and the like.
    segments[0] & 0xe000 == 0x2000
        && !(segments[0] == 0x2001 && segments[1] < 0x200)
        && !(segments[0] == 0x2001 && segments[1] == 0xdb8)
        && segments[0] != 0x2002
        && !(segments[0] == 0x3fff && segments[1] < 0x1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_not_for_everybody() {
        let private = [
            "0.0.0.0",
            "10.1.2.3",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "192.0.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "192.0.2.1",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "ff02::1",
        ];
        for address in private {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in ["1.1.1.1", "8.8.8.8", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "2a00:1450::1"]
        {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn a_site_is_one_host_and_one_port() {
        let sites: Vec<Site> = ["Example.org", "api.example.org:8443", "[::1]:80", "10.0.0.1"]
            .map(|text| Site::read(text).unwrap())
            .into();
        let holds = |url: &str| of(&sites, &Url::parse(url).unwrap()).is_ok();
        for url in [
            "http://example.org/a?b",
            "https://EXAMPLE.org:443",
            "https://api.example.org:8443/",
            "http://[::1]/",
            "http://10.0.0.1/",
            "http://0xa.0.0.1/",
        ] {
            assert!(holds(url), "{url}");
        }
        for url in [
            "http://example.org:8080/",
            "http://example.org:443/",
            "https://api.example.org/",
            "http://www.example.org/",
            "http://example.org.evil.org/",
            "http://example.org@evil.org/",
            "http://u:p@example.org/",
            "ftp://example.org/",
            "file:///etc/passwd",
            "http://[::1]:81/",
            "http://10.0.0.2/",
            "http://example.org./",
            "http://evil.org\\@example.org/",
        ] {
            assert!(!holds(url), "{url}");
        }
        for text in
            ["", "*", "*.example.org", "example.org:", "example.org:99999", "http://example.org", "a b"]
        {
            assert!(Site::read(text).is_err(), "{text}");
        }
    }
}
