//! What holds of every page: no address, no script, tags that are known and balanced.
//!
//! The tests of the stages that write pages call it.

/// The tags that templates and charts write.
const KNOWN_TAGS: &str = "!doctype html head body main header nav section h1 h2 h3 p a ul ol li span strong em bdi \
    br code div table caption thead tbody tr th td figure figcaption details summary pre svg path circle rect text title meta";

/// What holds of every page.
pub(crate) fn assert_page_is_sound(html: &str) {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
    assert!(html.contains(policy));
    let without_namespace = html.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    for address in ["http:", "https:", "url(", "@import", "src=", "ftp:"] {
        assert!(!without_namespace.contains(address), "{address}");
    }
    // What to do about a cell that is no number names what may stand in one.
    let figures = html.replace("may be empty, NaN, null or -", "");
    for word in ["NaN", "inf\"", "inf ", "undefined"] {
        assert!(!figures.contains(word), "{word}");
    }
    for tag in tags(html) {
        assert_tag_is_harmless(&tag);
    }
    assert_tags_are_balanced(html);
}

/// Every tag, from `<` to the `>` that is not inside a quoted attribute.
fn tags(html: &str) -> Vec<String> {
    let body = html.split_once("</style>").unwrap().1;
    let mut tags = Vec::new();
    let mut rest = body;
    while let Some(start) = rest.find('<') {
        let mut is_quoted = false;
        let end = rest[start..].find(|c| {
            is_quoted ^= c == '"';
            c == '>' && !is_quoted
        });
        let end = start + end.expect("every tag ends");
        tags.push(rest[start..=end].to_owned());
        rest = &rest[end + 1..];
    }
    tags
}

fn assert_tag_is_harmless(tag: &str) {
    let lower = tag.to_lowercase();
    let name = lower.trim_start_matches(['<', '/']).split([' ', '>', '/']).next().unwrap();
    assert!(KNOWN_TAGS.split(' ').any(|known| known == name), "{tag}");
    // Outside quotes only names of attributes are left, with their equals signs.
    let names: String = lower.split('"').step_by(2).collect();
    for attribute in names.split_whitespace().filter(|word| word.contains('=')) {
        assert!(!attribute.starts_with("on") && attribute != "style=", "{tag}");
        assert!(attribute != "href=" || lower.contains("href=\"#"), "{tag}");
    }
}

fn assert_tags_are_balanced(html: &str) {
    let mut open: Vec<String> = Vec::new();
    for tag in tags(html) {
        let name = tag.trim_start_matches(['<', '/']).split([' ', '>']).next().unwrap();
        if tag.ends_with("/>") || name == "br" {
            continue;
        }
        if tag.starts_with("</") {
            if ["head", "body", "html"].contains(&name) && open.is_empty() {
                continue; // opened before the styles
            }
            assert_eq!(open.pop().as_deref(), Some(name), "{tag}");
        } else {
            open.push(name.to_owned());
        }
    }
    assert_eq!(open, Vec::<String>::new());
}
