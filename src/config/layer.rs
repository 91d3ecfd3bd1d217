//! A layer is a text of TOML and where it came from.

use std::path::Path;

use toml::{Table, Value};

use super::ConfigError;

/// One text of TOML that sets some keys.
#[derive(Debug, Clone)]
pub struct Layer {
    /// How errors name it.
    pub name: String,
    /// The text.
    pub text: String,
    /// The text, parsed.
    pub table: Table,
}

impl Layer {
    /// Parses a text.
    ///
    /// # Errors
    /// [`ConfigError::Text`] where it is not TOML.
    pub fn parse(name: impl Into<String>, text: impl Into<String>) -> Result<Self, ConfigError> {
        let (name, text) = (name.into(), text.into());
        match text.parse::<Table>() {
            Ok(table) => Ok(Self { name, text, table }),
            Err(error) => Err(ConfigError::Text {
                span: error.span().unwrap_or(0..text.len()),
                message: error.message().to_owned(),
                help: None,
                layer: name,
                text,
            }),
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`ConfigError::Read`], or as for [`Layer::parse`].
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        Self::parse(path.display().to_string(), text)
    }

    /// Whether the layer sets a key of a section.
    #[must_use]
    pub fn sets(&self, section: &str, key: &str) -> bool {
        self.table.get(section).and_then(Value::as_table).is_some_and(|s| s.contains_key(key))
    }

    /// The layer of a `--set KEY=VALUE`, whose value is TOML.
    ///
    /// # Errors
    /// As for [`Layer::parse`]; a word without quotes is told about them.
    pub fn set(assignment: &str) -> Result<Self, ConfigError> {
        let name = format!("--set '{assignment}'");
        Self::parse(name, assignment).map_err(|error| match (error, assignment.split_once('=')) {
            (ConfigError::Text { layer, text, span, message, .. }, Some((key, value))) => {
                let help = Some(format!(
                    "values are TOML; a word needs its quotes: --set '{key}=\"{value}\"'"
                ));
                ConfigError::Text { layer, text, span, message, help }
            }
            (ConfigError::Text { layer, text, span, .. }, None) => ConfigError::Text {
                layer,
                text,
                span,
                message: "there is no `=`".to_owned(),
                help: Some("write --set KEY=VALUE, such as --set train.folds=3".to_owned()),
            },
            (other, _) => other,
        })
    }

    /// The layers of environment variables `TRAJ_<SECTION>_<KEY>`, where a section of that
    /// name is known. A value that is not TOML is a word.
    ///
    /// # Errors
    /// As for [`Layer::parse`].
    pub fn environment(
        variables: impl Iterator<Item = (String, String)>,
        baseline: &Table,
    ) -> Result<Vec<Self>, ConfigError> {
        let mut variables: Vec<(String, String)> = variables.collect();
        variables.sort();
        let mut layers = Vec::new();
        for (variable, value) in variables {
            let Some(rest) = variable.strip_prefix("TRAJ_") else { continue };
            let rest = rest.to_ascii_lowercase();
            let section = baseline.keys().find(|section| {
                rest.strip_prefix(&section.replace('-', "_")).is_some_and(|k| k.starts_with('_'))
            });
            let Some(section) = section else { continue };
            let key = &rest[section.len() + 1..];
            let is_toml = format!("x = {value}").parse::<Table>().is_ok();
            let value = if is_toml { value } else { Value::String(value).to_string() };
            layers.push(Self::parse(variable, format!("{section}.{key} = {value}"))?);
        }
        Ok(layers)
    }
}

/// Puts `over` on top of `under`: tables are merged, everything else is replaced.
pub(super) fn merge(under: &mut Table, over: &Table) {
    for (key, value) in over {
        match (under.get_mut(key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => merge(below, above),
            _ => {
                under.insert(key.clone(), value.clone());
            }
        }
    }
}
