//! A row is one second of a flight; a layout says under which names and units its numbers
//! are written.
//!
//! The simulator makes rows, the writer prints them.

/// Numbers per row.
pub(super) const VALUES: usize = 26;

/// One second of flight, in the units of [`LAYOUT`].
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Seconds since 1970-01-01 UTC.
    pub(super) epoch_s: i64,
    /// In the order of [`LAYOUT`].
    pub(super) values: [f64; VALUES],
}

/// How the columns of one file are called and written.
pub(super) struct Layout {
    /// Name of the first column, an ISO 8601 time.
    pub(super) time: &'static str,
    pub(super) columns: [Column; VALUES],
}

/// One column of numbers.
#[derive(Clone, Copy)]
pub(super) struct Column {
    pub(super) name: &'static str,
    /// Digits after the decimal mark.
    pub(super) decimals: u32,
    /// Factor from the row's unit to the file's.
    pub(super) factor: f64,
}

/// What nearly every file has: aviation units for the geometry, SI for the physics.
pub(super) const LAYOUT: Layout = Layout {
    time: "timestamp",
    columns: [
        column("longitude", 6),
        column("latitude", 6),
        column("altitude_ft", 0),
        column("geo_altitude_ft", 0),
        column("ground_speed_kt", 1),
        column("true_airspeed_kt", 1),
        column("calibrated_airspeed_kt", 1),
        column("mach", 3),
        column("track_deg", 1),
        column("heading_deg", 1),
        column("vertical_rate_fpm", 0),
        column("path_angle_deg", 2),
        column("bank_deg", 1),
        column("distance_nmi", 3),
        column("T", 2),
        column("p", 0),
        column("rho", 5),
        column("wind_u", 1),
        column("wind_v", 1),
        column("m", 2),
        column("fuel_flow", 3),
        column("thrust", 0),
        column("drag", 0),
        column("lift", 0),
        column("CL", 3),
        column("CD", 4),
    ],
};

/// The header of another provider: SI throughout, other names, other digits.
pub(super) const OTHER_LAYOUT: Layout = Layout {
    time: "utc",
    columns: [
        column("lon", 6),
        column("lat", 6),
        scaled("altitude_m", 1, 0.3048),
        scaled("height_m", 1, 0.3048),
        scaled("gs_ms", 2, 1852.0 / 3600.0),
        scaled("tas_ms", 2, 1852.0 / 3600.0),
        scaled("cas_ms", 2, 1852.0 / 3600.0),
        column("mach", 4),
        column("track", 2),
        column("heading", 2),
        scaled("vertical_speed_ms", 2, 0.3048 / 60.0),
        column("gamma", 2),
        column("roll", 2),
        scaled("distance_m", 0, 1852.0),
        column("temperature", 2),
        scaled("pressure_hpa", 2, 0.01),
        column("density", 5),
        column("wind_east", 2),
        column("wind_north", 2),
        column("mass", 1),
        column("fuel_flow", 4),
        column("thrust", 0),
        column("drag", 0),
        column("lift", 0),
        column("lift_coefficient", 4),
        column("drag_coefficient", 5),
    ],
};

const fn column(name: &'static str, decimals: u32) -> Column {
    scaled(name, decimals, 1.0)
}

const fn scaled(name: &'static str, decimals: u32, factor: f64) -> Column {
    Column { name, decimals, factor }
}

#[cfg(test)]
impl Row {
    /// The value of a column of [`LAYOUT`].
    pub(super) fn get(&self, name: &str) -> f64 {
        let index = LAYOUT.columns.iter().position(|column| column.name == name);
        self.values[index.expect("the column exists")]
    }
}
