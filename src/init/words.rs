//! Words are what a column's name is made of, and what they say of its role and unit.
//!
//! [`super::roles`] and [`super::identity`] rank columns by them; values confirm.

/// The words of a name in lower case: `geoAltitude_ft` is `geo`, `altitude`, `ft`.
pub(super) fn words(name: &str) -> Vec<String> {
    let characters: Vec<char> = name.chars().take(200).collect();
    let mut words: Vec<String> = Vec::new();
    let mut open = false;
    for (at, c) in characters.iter().enumerate() {
        if !c.is_alphanumeric() {
            open = false;
            continue;
        }
        let before = at.checked_sub(1).map(|i| characters[i]);
        let after = characters.get(at + 1);
        let hump = c.is_uppercase()
            && (before.is_some_and(|b| b.is_lowercase() || b.is_numeric())
                || (before.is_some_and(char::is_uppercase)
                    && after.is_some_and(|a| a.is_lowercase())));
        if !open || hump {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
        open = true;
    }
    words
}

/// Whether any of the words is one of those that stand in `list` with blanks between them.
pub(super) fn has(words: &[String], list: &str) -> bool {
    words.iter().any(|word| list.split(' ').any(|known| known == word))
}

const LATITUDE: &str = "lat latitude lats latitud breite breitengrad latdeg reportedlatitude";
const LONGITUDE: &str = "\
    lon lng long longitude lons longitud länge laenge längengrad londeg \
    reportedlongitude";
/// Names from formulas, which need their partner and the values to be believed.
const LATITUDE_SYMBOLS: &str = "phi y φ";
const LONGITUDE_SYMBOLS: &str = "lambda lam x λ";
/// What makes a position another one than the flight's own.
const NOT_THE_POSITION: &str = "\
    rate error err std sigma acc accuracy accel acceleration speed velocity origin \
    destination dest airport arp dep arr adep ades target cmd selected var diff delta ns \
    ew start end next prev pickup dropoff min max mean cov";

/// How well a name fits a latitude (`is_latitude`) or a longitude; none if not at all.
pub(super) fn position_score(words: &[String], is_latitude: bool) -> Option<i32> {
    let (names, symbols) =
        if is_latitude { (LATITUDE, LATITUDE_SYMBOLS) } else { (LONGITUDE, LONGITUDE_SYMBOLS) };
    if has(words, NOT_THE_POSITION) {
        return None;
    }
    let extra = words.len() as i32 - 1 - i32::from(unit(words).is_some());
    if has(words, names) {
        Some(10 - extra)
    } else if has(words, symbols) && extra <= 0 {
        Some(4)
    } else {
        None
    }
}

/// How well a name fits an altitude, pressure altitude best of all.
pub(super) fn altitude_score(words: &[String]) -> Option<i32> {
    const NAMES: &str = "\
        alt altitude altitud baroaltitude geoaltitude fl flightlevel afl hp palt height \
        höhe hoehe elevation ele modec hbaro pressalt altbaro altgeom altft altm";
    const NOT_THE_ALTITUDE: &str = "\
        rate error err std selected target mcp fms fcu cmd cleared requested planned \
        diff delta rfl cfl terrain ground agl radio radar decision qnh capture hold \
        airport min max mean density";
    const PRESSURE: &str = "\
        baro barometric baroaltitude pressure press pressalt hp palt fl flightlevel afl \
        modec hbaro altbaro p";
    const GEOMETRIC: &str = "\
        geo gnss gps geometric height höhe hoehe geoaltitude altgeom ellipsoid wgs84 \
        elevation ele true msl";
    let pairs = |a: &str, b: &str| words.windows(2).any(|pair| pair[0] == a && pair[1] == b);
    let named =
        has(words, NAMES) || pairs("flight", "level") || pairs("h", "p") || pairs("mode", "c");
    if !named || has(words, NOT_THE_ALTITUDE) {
        return None;
    }
    let extra = words.len() as i32 - 1 - i32::from(unit(words).is_some());
    let pressure = has(words, PRESSURE) || pairs("flight", "level");
    Some(10 - extra + if pressure { 4 } else { 0 } - if has(words, GEOMETRIC) { 5 } else { 0 })
}

/// How well a name fits a clock; none if it says that the column is another time.
/// Zero for a name that says nothing.
pub(super) fn time_score(words: &[String]) -> Option<i32> {
    const NAMES: &str = "\
        time timestamp t epoch utc datetime ts unix posix zulu gmt seconds sec secs \
        elapsed zeit zeitstempel hora temps date timeutc unixtime timeposition clock";
    const NOT_THE_CLOCK: &str = "\
        diff delta dt interval age eta etd eobt aobt atot eldt remaining zone timezone \
        step lag delay";
    const BETTER: &str = "track position event gps utc base pos";
    const WORSE: &str = "\
        etfms received receive recv server insert inserted last contact update updated \
        created processed message ingest scheduled sched schd off takeoff landing \
        departure arrival start end first local";
    if has(words, NOT_THE_CLOCK) {
        return None;
    }
    let named = has(words, NAMES);
    let exact = named && words.len() - usize::from(words.len() > 1 && unit(words).is_some()) == 1;
    let mut score = if exact {
        6
    } else if named {
        3
    } else {
        0
    };
    score += i32::from(has(words, BETTER));
    Some(score - if has(words, WORSE) { 4 } else { 0 })
}

/// How well a name fits the date of each row; none if it says that the column is another date.
/// Zero for a name that says nothing.
pub(super) fn date_score(words: &[String]) -> Option<i32> {
    const NAMES: &str = "date dates datum fecha data day";
    const ANOTHER: &str = "\
        departure dep arrival arr sched scheduled schd start end first last birth created updated \
        release eta etd std sta off takeoff landing cycle expiry file report";
    if has(words, ANOTHER) {
        return None;
    }
    Some(if has(words, NAMES) { 2 } else { 0 })
}

/// Whether a name is one of the time that something has taken so far.
pub(super) fn is_span(words: &[String]) -> bool {
    has(words, "elapsed duration flight flt engine block since hobbs tach run")
}

/// Whether a name is one of an offset of clocks from UTC.
pub(super) fn is_utc_offset(words: &[String]) -> bool {
    let of_what = has(words, "utc gmt zulu tz local lcl");
    has(words, "utcofst utcoffset utcofs gmtoffset tzoffset tz timezone")
        || of_what && has(words, "ofst offset ofs offs")
        || has(words, "time") && has(words, "zone")
}

/// What a time is reckoned in, as far as names say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reckoning {
    /// UTC.
    Utc,
    /// The time of some place.
    Local,
}

/// What a name says that its times are reckoned in.
pub(super) fn reckoning(words: &[String]) -> Option<Reckoning> {
    if has(words, "utc gmt zulu z") {
        Some(Reckoning::Utc)
    } else if has(words, "local lcl loc lt") {
        Some(Reckoning::Local)
    } else {
        None
    }
}

/// Whether a name is one of a distance flown, and not to something or of a step.
pub(super) fn is_distance_flown(words: &[String]) -> bool {
    const NAMES: &str = "\
        dist distance cumdist cumdistance flown odometer trackdistance mileage strecke \
        distancia distanceflown";
    const TO_SOMETHING: &str = "\
        to from arp airport remaining go togo dest destination origin threshold thr \
        nearest runway rwy step delta diff prev previous closest cpa navaid lateral \
        vertical cross dme vor adep ades next waypoint wpt planned target";
    has(words, NAMES) && !has(words, TO_SOMETHING)
}

/// The unit that a name ends in, in the configuration's spelling.
pub(super) fn unit(words: &[String]) -> Option<&'static str> {
    let (last, more) = words.split_last()?;
    let found = match last.as_str() {
        "deg" | "degree" | "degrees" | "latdeg" | "londeg" => "deg",
        "rad" | "radian" | "radians" => "rad",
        "ft" | "feet" | "foot" | "altft" => "ft",
        "m" | "meter" | "meters" | "metre" | "metres" | "mtr" | "altm" => "m",
        "km" => "km",
        "nm" | "nmi" => "nmi",
        "mi" | "mile" | "miles" => "mi",
        "fl" | "flightlevel" | "afl" => "FL",
        "level" if more.last().is_some_and(|word| word == "flight") => "FL",
        "s" | "sec" | "secs" | "second" | "seconds" => "s",
        "ms" | "millis" | "milliseconds" => "ms",
        "us" | "micros" | "microseconds" => "us",
        "ns" | "nanos" | "nanoseconds" => "ns",
        "min" | "minutes" => "min",
        "h" | "hours" => "h",
        _ => return None,
    };
    Some(found)
}

/// Whether a name is one of an identifier, whose digits are no quantity.
pub(super) fn is_identifier(words: &[String]) -> bool {
    const IDENTIFIERS: &str = "\
        id ids fid uid uuid icao24 icao squawk ssr code hex address mmsi imo tail \
        registration reg serial msn sac sic transponder hash key";
    has(words, IDENTIFIERS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn w(name: &str) -> Vec<String> {
        words(name)
    }

    #[test]
    fn names_fall_into_words() {
        assert_eq!(w("geoAltitude_ft"), ["geo", "altitude", "ft"]);
        assert_eq!(w("GPSLatitude (deg)"), ["gps", "latitude", "deg"]);
        assert_eq!(w("H_p"), ["h", "p"]);
        assert_eq!(w("BaseDateTime"), ["base", "date", "time"]);
        assert!(w("--").is_empty());
    }

    #[test]
    fn spellings_in_use_are_known_for_what_they_are() {
        for name in ["lat", "Lat", "Latitude_deg", "phi", "LATITUDE", "gps_lat", "Latitude [deg]"] {
            assert!(position_score(&w(name), true).is_some(), "{name}");
        }
        for name in ["lon", "lng", "long", "Longitude", "lambda", "LON"] {
            assert!(position_score(&w(name), false).is_some(), "{name}");
        }
        for name in ["long_accel", "origin_lon", "lon_rate", "longitudinal", "along"] {
            assert_eq!(position_score(&w(name), false), None, "{name}");
        }
        for name in ["alt", "baroaltitude", "flight_level", "FL", "H_p", "pressure_altitude"] {
            assert!(altitude_score(&w(name)).is_some(), "{name}");
        }
        for name in ["altitude_rate", "selected_altitude", "radio_height", "flight", "level"] {
            assert_eq!(altitude_score(&w(name)), None, "{name}");
        }
        assert!(altitude_score(&w("baro_altitude")) > altitude_score(&w("geo_altitude")));
        assert!(altitude_score(&w("altitude_ft")) > altitude_score(&w("geo_altitude_ft")));
        assert!(time_score(&w("timestamp_track")) > time_score(&w("timestamp_etfms")));
        assert!(time_score(&w("t_s")) > time_score(&w("snapshot")));
        assert_eq!(time_score(&w("Elap_Time_Diff")), None);
    }

    #[test]
    fn names_of_dates_offsets_and_spans_are_told_apart() {
        for name in ["UTCOfst", "utc_offset", "TZ", "Time Zone", "GMT offset", "LclOfst (hh:mm)"] {
            assert!(is_utc_offset(&w(name)), "{name}");
        }
        for name in ["Elap_Time_Diff", "time_offset", "offset", "utc_time", "zone"] {
            assert!(!is_utc_offset(&w(name)), "{name}");
        }
        assert!(date_score(&w("Lcl Date")) > date_score(&w("x")));
        assert_eq!(date_score(&w("departure_date")), None);
        assert!(is_span(&w("Flight Time")) && !is_span(&w("Lcl Time")));
        assert_eq!(reckoning(&w("Lcl Time")), Some(Reckoning::Local));
        assert_eq!(reckoning(&w("TimeUTC")), Some(Reckoning::Utc));
    }

    #[test]
    fn a_distance_to_something_is_not_the_distance_flown() {
        for name in ["dist", "distance_nmi", "CumDist", "distance_flown", "distance_m"] {
            assert!(is_distance_flown(&w(name)), "{name}");
        }
        for name in ["distance_arp", "dist_to_go", "distance_prev", "step_distance", "distal"] {
            assert!(!is_distance_flown(&w(name)), "{name}");
        }
    }

    #[test]
    fn a_name_may_end_in_its_unit() {
        assert_eq!(unit(&w("altitude_ft")), Some("ft"));
        assert_eq!(unit(&w("flight_level")), Some("FL"));
        assert_eq!(unit(&w("dist (NM)")), Some("nmi"));
        assert_eq!(unit(&w("altitude")), None);
    }
}
