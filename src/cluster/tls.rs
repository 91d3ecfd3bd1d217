//! The files that protect a connection: who we are, and who vouches for the other end.

use std::fs;
use std::path::Path;

use tonic::transport::{Certificate, ClientTlsConfig, Identity, ServerTlsConfig};

use super::ClusterError;

/// A certificate with its key, and the authority that both ends must be vouched for by: every
/// connection is encrypted, and each end proves who it is.
#[derive(Clone)]
pub struct Tls {
    authority: Certificate,
    identity: Identity,
}

impl Tls {
    /// Reads PEM files.
    ///
    /// # Errors
    /// [`ClusterError::Tls`] for a file that cannot be read or is no PEM.
    pub fn read(authority: &Path, certificate: &Path, key: &Path) -> Result<Self, ClusterError> {
        let pem = |path: &Path| {
            let wrong = |reason: String| ClusterError::Tls { path: path.to_owned(), reason };
            let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
            if text.contains("-----BEGIN ") {
                Ok(text)
            } else {
                Err(wrong("it holds no PEM block".to_owned()))
            }
        };
        Ok(Self {
            authority: Certificate::from_pem(pem(authority)?),
            identity: Identity::from_pem(pem(certificate)?, pem(key)?),
        })
    }

    /// For the end that connects.
    pub(super) fn of_client(&self) -> ClientTlsConfig {
        ClientTlsConfig::new()
            .ca_certificate(self.authority.clone())
            .identity(self.identity.clone())
    }

    /// For the end that listens, which lets in nobody whom the authority does not vouch for.
    pub(super) fn of_server(&self) -> ServerTlsConfig {
        ServerTlsConfig::new()
            .client_ca_root(self.authority.clone())
            .identity(self.identity.clone())
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls") // the key is nobody's business
    }
}
