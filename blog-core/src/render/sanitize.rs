use std::sync::LazyLock;

use ammonia::Builder;

/// Where the text of a column may stand.
const SIDES: [&str; 3] = ["left", "center", "right"];

static POLICY: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut policy = Builder::default();
    policy
        .add_tags(["input", "section"])
        .add_tag_attributes("input", ["type", "checked", "disabled"])
        .add_tag_attributes("a", ["aria-hidden"])
        .add_tag_attributes("img", ["loading"])
        .rm_tag_attributes("th", ["align"])
        .rm_tag_attributes("td", ["align"])
        .add_tag_attribute_values("th", "align", SIDES)
        .add_tag_attribute_values("td", "align", SIDES)
        .add_generic_attributes(["id", "class", "dir"])
        .set_tag_attribute_value("img", "loading", "lazy")
        .set_tag_attribute_value("input", "type", "checkbox")
        .set_tag_attribute_value("input", "disabled", "")
        .link_rel(Some("noopener noreferrer"));
    policy
});

/// Leaves what is harmless on a page: no script, no style, no form but the boxes of task lists.
pub(super) fn sanitize(html: &str) -> String {
    POLICY.clean(html).to_string()
}

/// Text as HTML that shows it. Spaces stay spaces, so that code stays readable in the source.
pub(super) fn escaped(text: &str) -> String {
    ammonia::clean_text(text)
        .replace("&#32;", " ")
        .replace("&#10;", "\n")
        .replace("&#9;", "\t")
}
