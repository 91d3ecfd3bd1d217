//! The arguments of commands that work with other machines.

use std::path::PathBuf;

use clap::Args;

use super::context::INDEX_FOLDER;
use super::failure::Failure;
use crate::cluster::{Address, Link, Tls};

/// Where a scheduler listens unless it is told otherwise.
pub(super) const PORT: u16 = 50050;

/// How machines reach each other.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Between machines")]
pub(super) struct ChannelArguments {
    /// A folder that scheduler, workers and clients all see and may write to, whatever each calls
    /// it [default: data-index/cluster]
    #[arg(long, value_name = "DIR")]
    shared: Option<PathBuf>,
    /// The authority that vouches for both ends (PEM)
    #[arg(long, value_name = "FILE", requires_all = ["tls_cert", "tls_key"])]
    tls_ca: Option<PathBuf>,
    /// The certificate of this end (PEM)
    #[arg(long, value_name = "FILE", requires_all = ["tls_ca", "tls_key"])]
    tls_cert: Option<PathBuf>,
    /// Its key (PEM)
    #[arg(long, value_name = "FILE", requires_all = ["tls_ca", "tls_cert"])]
    tls_key: Option<PathBuf>,
    /// Lets connections leave this machine without TLS: whoever can reach them sees what flights
    /// come to, and can change it
    #[arg(long)]
    pub(super) insecure: bool,
}

impl ChannelArguments {
    /// The shared folder.
    pub(super) fn shared(&self) -> PathBuf {
        let default = || PathBuf::from(INDEX_FOLDER).join("cluster");
        self.shared.clone().unwrap_or_else(default)
    }

    /// The files of the protection, read.
    pub(super) fn tls(&self) -> Result<Option<Tls>, Failure> {
        let (Some(ca), Some(cert), Some(key)) = (&self.tls_ca, &self.tls_cert, &self.tls_key)
        else {
            return Ok(None);
        };
        Ok(Some(Tls::read(ca, cert, key)?))
    }

    /// The connection with a scheduler, if it is protected or need not be.
    pub(super) fn link(&self, scheduler: &Address) -> Result<Link, Failure> {
        let link = Link { scheduler: scheduler.clone(), tls: self.tls()?, shared: self.shared() };
        link.check(self.insecure)?;
        Ok(link)
    }

    fn says_anything(&self) -> bool {
        self.shared.is_some() || self.tls_ca.is_some() || self.insecure
    }
}

/// Who does the work.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "On a cluster")]
pub(super) struct EngineArguments {
    /// Has the workers of a scheduler do the work: ballista://HOST:PORT; see docs/clusters.md
    #[arg(long, value_name = "URL", value_parser = engine, conflicts_with = "shard")]
    engine: Option<Address>,
    #[command(flatten)]
    channel: ChannelArguments,
}

impl EngineArguments {
    /// The connection with the scheduler; none where the work is done here.
    pub(super) fn link(&self) -> Result<Option<Link>, Failure> {
        match &self.engine {
            Some(scheduler) => Ok(Some(self.channel.link(scheduler)?)),
            None if self.channel.says_anything() => Err(Failure::usage(
                "--shared, --tls-... and --insecure are about a cluster, and none is named",
                "add --engine ballista://HOST:PORT",
            )),
            None => Ok(None),
        }
    }
}

fn engine(url: &str) -> Result<Address, String> {
    let wrong = || format!("`{url}` is no engine such as ballista://10.0.0.7:{PORT}");
    let address = url.strip_prefix("ballista://").ok_or_else(wrong)?.trim_end_matches('/');
    let with_port = format!("{address}:{PORT}");
    address.parse().or_else(|_| with_port.parse()).map_err(|_| wrong())
}

#[derive(Debug, Args)]
pub(super) struct SchedulerArguments {
    /// Where to listen; other machines can reach only what is not a loopback address
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:50050")]
    pub(super) bind: Address,
    #[command(flatten)]
    pub(super) channel: ChannelArguments,
}

#[derive(Debug, Args)]
pub(super) struct WorkerArguments {
    /// The scheduler
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:50050")]
    pub(super) scheduler: Address,
    /// The folder of the flights on this machine; without it, `data.root` of traj.toml
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    #[command(flatten)]
    pub(super) channel: ChannelArguments,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_are_schedulers_with_or_without_a_port() {
        for (url, address) in [
            ("ballista://10.0.0.7:1234", "10.0.0.7:1234"),
            ("ballista://10.0.0.7", "10.0.0.7:50050"),
            ("ballista://node-1/", "node-1:50050"),
            ("ballista://[::1]", "[::1]:50050"),
        ] {
            assert_eq!(engine(url).unwrap().to_string(), address);
        }
        for url in ["10.0.0.7:1", "http://10.0.0.7:1", "ballista://", "ballista://a b"] {
            assert!(engine(url).is_err(), "{url}");
        }
    }
}
