//! *Arguments* say what one run of the bench measures. `forest` parses them first.

use std::path::PathBuf;

use traj::forest::MaxFeatures;

pub(crate) const USAGE: &str = "peers-forest: needs --data DIR (made by \
    benches/peers/forest_data.py) --what joint|per-target|path|smartcore|predict|large \
    [--fractions 0,9,18] [--threads N] [--repeat N] [--seed N] [--trees N] \
    [--max-features all|sqrt|SHARE|COUNT]; benches/peers/README.md says more";

/// What to fit or predict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// A forest of all targets at each fraction.
    Joint,
    /// A forest per target and fraction.
    PerTarget,
    /// One forest of all targets at all fractions.
    Path,
    /// smartcore's forest per target and fraction.
    Smartcore,
    /// Predictions by joint forests.
    Predict,
    /// A joint forest of twenty times as many rows.
    Large,
}

impl What {
    /// As in the arguments and in the lines printed.
    pub(crate) const NAMES: [(&str, Self); 6] = [
        ("joint", Self::Joint),
        ("per-target", Self::PerTarget),
        ("path", Self::Path),
        ("smartcore", Self::Smartcore),
        ("predict", Self::Predict),
        ("large", Self::Large),
    ];
}

/// What one run measures.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) data: PathBuf,
    pub(crate) what: What,
    /// Indices of fractions, not repeated; empty means all.
    pub(crate) fractions: Vec<usize>,
    pub(crate) threads: usize,
    pub(crate) repeat: usize,
    /// Of the first repeat; later ones count on.
    pub(crate) seed: u64,
    pub(crate) trees: usize,
    pub(crate) max_features: MaxFeatures,
}

impl Arguments {
    /// Parses the program's arguments; `None` if there are none but cargo's own `--bench`.
    ///
    /// # Errors
    /// Names the argument that is unknown, without a value or without sense.
    pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut rest = arguments.filter(|argument| argument != "--bench").peekable();
        if rest.peek().is_none() {
            return Ok(None);
        }
        let (mut data, mut what) = (None, None);
        let mut parsed = Self {
            data: PathBuf::new(),
            what: What::Joint,
            fractions: Vec::new(),
            threads: 2,
            repeat: 1,
            seed: 0,
            trees: 100,
            max_features: MaxFeatures::All,
        };
        while let Some(name) = rest.next() {
            let value = rest.next().ok_or_else(|| format!("{name} needs a value"))?;
            let wrong = || format!("{name} cannot be {value}");
            match name.as_str() {
                "--data" => data = Some(PathBuf::from(value)),
                "--what" => what = Some(named(&value).ok_or_else(wrong)?),
                "--fractions" => {
                    let indices: Option<_> =
                        value.split(',').map(|index| index.parse().ok()).collect();
                    parsed.fractions = indices.ok_or_else(wrong)?;
                }
                "--threads" => parsed.threads = value.parse().map_err(|_| wrong())?,
                "--repeat" => parsed.repeat = value.parse().map_err(|_| wrong())?,
                "--seed" => parsed.seed = value.parse().map_err(|_| wrong())?,
                "--trees" => parsed.trees = value.parse().map_err(|_| wrong())?,
                "--max-features" => parsed.max_features = max_features(&value).ok_or_else(wrong)?,
                _ => return Err(format!("{name} is unknown")),
            }
        }
        parsed.data = data.ok_or("--data is missing")?;
        parsed.what = what.ok_or("--what is missing")?;
        Ok(Some(parsed))
    }
}

fn named(value: &str) -> Option<What> {
    What::NAMES.iter().find(|(name, _)| *name == value).map(|(_, what)| *what)
}

fn max_features(value: &str) -> Option<MaxFeatures> {
    match value {
        "all" => Some(MaxFeatures::All),
        "sqrt" => Some(MaxFeatures::Sqrt),
        share if share.contains('.') => share.parse().ok().map(MaxFeatures::Share),
        count => count.parse().ok().map(MaxFeatures::Count),
    }
}
