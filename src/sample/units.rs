//! Units: how many SI units one unit of the trade holds.
//!
//! Used by every file of the generator, which computes in SI and writes feet, knots and
//! nautical miles.

/// Metres in a nautical mile (exact).
pub(super) const NMI_M: f64 = 1852.0;
/// Metres in a foot (exact).
pub(super) const FT_M: f64 = 0.3048;
/// Metres per second in a knot (exact).
pub(super) const KT_MS: f64 = NMI_M / 3600.0;
/// Metres per second in a foot per minute (exact).
pub(super) const FPM_MS: f64 = FT_M / 60.0;
