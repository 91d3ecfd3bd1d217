//! A chart is a drawing in SVG that lives inside an HTML page: it knows marks, axes and
//! text, not flights. Pages such as the report call it and include [`STYLE`] once.
//!
//! The drawings are made by hand. The chart crates at hand write a fixed width and height
//! without a `viewBox`, so that a chart neither shrinks with its column nor prints whole;
//! give lines no hover values; fix their colours, so that a page cannot follow the
//! reader's light or dark setting; and rewrite `$...$` in labels as formulae, which a
//! column's name must survive. What is needed here is eleven shapes of chart.
//!
//! Every colour is a CSS class. Text is escaped where it is written, and a number that is
//! not finite is never drawn.

mod svg;
mod ticks;
mod ink;
mod lines;
mod bars;
mod whiskers;
mod heat;
mod correlations;
mod tiles;
mod coastline;
mod view;
mod map;
mod cloud;
mod columns;
mod bands;
mod contest;

pub use bands::{Band, BandChart};
pub use bars::{Bar, bar_chart};
pub use cloud::{CloudMap, CloudTrack, Place};
pub use columns::{ColumnBar, ColumnChart};
pub use contest::{ContestCell, ContestMap};
pub use correlations::CorrelationMap;
pub use heat::{HeatMap, HeatRow};
pub use ink::{Ink, swatch};
pub use lines::{LineChart, Point, Series};
pub use map::{Track, TrackMap};
pub use svg::plain_text;
pub use ticks::{grouped, nice_ticks, tick_label};
pub use tiles::{Tile, TileMap};
pub use whiskers::{Mark, WhiskerBar, whisker_chart};

/// The styles that the drawings need, once per page: classes over CSS variables, which
/// hold one palette for light and one for dark. The hues are those of Okabe and Ito (2008),
/// told apart by all kinds of colour vision; dashes tell them apart in grey.
pub const STYLE: &str = include_str!("chart.css");
