//! An *address* is a host and a port, `HOST:PORT`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// Where a scheduler listens. An IPv6 host is written in brackets, `[::1]:50050`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
}

impl Address {
    /// The host, without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether only this machine can be at the other end.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let host = self.host();
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no address such as 10.0.0.7:50050");
        let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        let is_name = |host: &str| {
            !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c))
        };
        let bracketed = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let is_host = match bracketed {
            Some(ip) => ip.parse::<IpAddr>().is_ok_and(|ip| ip.is_ipv6()),
            None => is_name(host),
        };
        let port = port.parse().map_err(|_| wrong())?;
        if is_host { Ok(Self { host: host.to_owned(), port }) } else { Err(wrong()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_only_those_of_this_machine_are_loopback() {
        for (text, is_loopback) in [
            ("localhost:50050", true),
            ("127.0.0.1:1", true),
            ("127.8.9.1:1", true),
            ("[::1]:50050", true),
            ("10.0.0.7:50050", false),
            ("0.0.0.0:50050", false),
            ("[::]:50050", false),
            ("localhost.example.org:80", false),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!((address.to_string().as_str(), address.is_loopback()), (text, is_loopback));
        }
        for text in ["", "host", "host:", ":1", "host:99999", "::1:50050", "[10.0.0.1]:1", "a b:1"]
        {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
