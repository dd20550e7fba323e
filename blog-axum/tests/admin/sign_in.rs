use axum::http::StatusCode;
use blog_axum::router;
use blog_core::Blog;

use crate::browser::{Answer, Browser, cookie, options, options_at, token_for};

const FORM: &str = "/blog/admin/sign-in";

fn browser() -> Browser {
    let blog = Blog::in_memory();
    Browser::new(&blog, options(&blog))
}

/// The cookie that an answer gives, and what is said of it.
fn given(answer: &Answer) -> (String, Vec<String>) {
    let mut parts = answer.header("set-cookie").split("; ").map(str::to_owned);
    (parts.next().unwrap(), parts.collect())
}

#[tokio::test]
async fn a_token_signs_in_for_as_long_as_it_holds() {
    let browser = browser();
    let form = browser
        .get("/blog/admin/sign-in?next=/blog/admin%3Fq=a")
        .await;
    assert_eq!(form.status, StatusCode::OK);
    let next = "name=\"next\" value=\"/blog/admin?q=a\"";
    assert!(form.text.contains(next), "{}", form.text);
    assert!(!form.text.contains("blog-actor-id"));

    let token = token_for("ada", "author", 600);
    let filled = [("token", token.as_str()), ("next", "/blog/admin?q=a")];
    let answer = browser.submit(FORM, &filled).await;
    let (cookie, mut attributes) = given(&answer);
    assert_eq!(cookie, format!("session={token}"));
    let lasts = attributes.pop().unwrap();
    let lasts: u64 = lasts.strip_prefix("Max-Age=").unwrap().parse().unwrap();
    assert!((590..=600).contains(&lasts), "{lasts}");
    assert_eq!(
        attributes,
        ["Path=/blog", "HttpOnly", "SameSite=Lax", "Secure"]
    );

    let checked = answer.header("location").to_owned();
    let answer = browser.get_as(&cookie, &checked).await;
    answer.leads_to("/blog/admin?q=a");
    let page = browser.get_as(&cookie, "/blog/admin?q=a").await;
    assert_eq!(page.said("blog-actor-id"), "ada");
}

#[tokio::test]
async fn a_browser_without_cookies_is_told_so() {
    let browser = browser();
    let token = token_for("ada", "author", 60);
    let answer = browser.submit(FORM, &[("token", token.as_str())]).await;
    let answer = browser.get(answer.header("location")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(
        answer.text.contains("has to allow cookies"),
        "{}",
        answer.text
    );
    assert!(answer.text.contains("name=\"token\""));
}

#[tokio::test]
async fn a_wrong_token_is_asked_for_again() {
    let browser = browser();
    let expired = token_for("ada", "author", -1);
    let sound = token_for("ada", "author", 60);
    let (cut, long) = (&sound[..sound.len() - 1], "x".repeat(100_000));
    let injected = format!("{sound}; Path=/; Domain=example.org");
    let line = format!("{sound}\r\nSet-Cookie: a=b");
    for wrong in [
        "",
        " ",
        "guess",
        "ü\u{202e}\0",
        "<script>",
        &expired,
        cut,
        &long,
        &injected,
        &line,
    ] {
        let filled = [("token", wrong), ("next", "/blog/admin?q=\"><script>")];
        let answer = browser.submit(FORM, &filled).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong:?}");
        assert!(!answer.headers.contains_key("set-cookie"), "{wrong:?}");
        assert!(answer.text.contains("class=\"wrong\""), "{}", answer.text);
        let next = "value=\"/blog/admin?q=%22%3E%3Cscript%3E\"";
        assert!(answer.text.contains(next), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_form_that_cannot_be_read_is_refused() {
    let browser = browser();
    let ours = ("sec-fetch-site", "same-origin");
    let urlencoded = ("content-type", "application/x-www-form-urlencoded");
    for (headers, body, status) in [
        (&[ours][..], "token=x", 415),
        (&[ours, ("content-type", "application/json")], "{}", 415),
        (&[ours, urlencoded], "%ff=%ff&token", 422),
        (&[ours, urlencoded], "token=a&token=b", 422),
        (&[ours, urlencoded], &"x".repeat(3 << 20), 413),
    ] {
        let answer = browser.send("POST", FORM, headers, body).await;
        assert_eq!(answer.status.as_u16(), status, "{headers:?}");
        assert!(!answer.headers.contains_key("set-cookie"));
        assert!(answer.text.contains("<html"), "{}", answer.text);
    }
}

#[tokio::test]
async fn nobody_is_led_elsewhere_by_signing_in() {
    let browser = browser();
    let ada = cookie("ada", "author");
    for elsewhere in [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/other",
    ] {
        let query = url::form_urlencoded::byte_serialize(elsewhere.as_bytes());
        let path = format!("{FORM}?next={}", query.collect::<String>());
        let answer = browser.get_as(&ada, &path).await;
        answer.leads_to("/blog/admin");
        let token = token_for("ada", "author", 60);
        let filled = [("token", token.as_str()), ("next", elsewhere)];
        let answer = browser.submit(FORM, &filled).await;
        answer.leads_to("/blog/admin/sign-in?next=%2Fblog%2Fadmin&signed_in=true");
    }
}

#[tokio::test]
async fn the_cookie_does_without_https_where_the_site_does() {
    let blog = Blog::in_memory();
    let options = options_at("http://127.0.0.1:3000", &blog);
    let browser = Browser::from(router(blog, options));
    let token = token_for("ada", "author", 60);
    let answer = browser
        .submit("/admin/sign-in", &[("token", token.as_str())])
        .await;
    let (_, attributes) = given(&answer);
    assert_eq!(attributes[..3], ["Path=/", "HttpOnly", "SameSite=Lax"]);
    assert!(attributes[3].starts_with("Max-Age="));
}

#[tokio::test]
async fn at_the_root_of_an_https_address_no_neighbour_can_set_the_cookie() {
    let blog = Blog::in_memory();
    let options = options_at("https://example.org", &blog);
    let browser = Browser::from(router(blog, options));
    let token = token_for("ada", "author", 60);
    let answer = browser
        .submit("/admin/sign-in", &[("token", token.as_str())])
        .await;
    let (cookie, attributes) = given(&answer);
    assert_eq!(cookie, format!("__Host-session={token}"));
    let expected = ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"];
    assert_eq!(attributes[..4], expected);
    let page = browser.get_as(&cookie, "/admin").await;
    assert_eq!(page.said("blog-actor-id"), "ada");
    // What a neighbour can set is of no account.
    let other = format!("session={}", token_for("eve", "author", 60));
    browser
        .get_as(&other, "/admin")
        .await
        .leads_to("/admin/sign-in?next=%2Fadmin");
}

#[tokio::test]
async fn who_signs_out_is_signed_out() {
    let browser = browser();
    let answer = browser.submit("/blog/admin/sign-out", &[]).await;
    answer.leads_to("/blog/admin/sign-in");
    assert_eq!(answer.header("cache-control"), "no-store");
    let (cookie, attributes) = given(&answer);
    assert_eq!(cookie, "session=");
    assert!(
        attributes.iter().any(|it| it == "Max-Age=0"),
        "{attributes:?}"
    );
    assert!(
        attributes.iter().any(|it| it == "Path=/blog"),
        "{attributes:?}"
    );
    let answer = browser.get("/blog/admin/sign-out").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn no_other_site_signs_anybody_in_or_out() {
    let browser = browser();
    let (ada, eve) = (cookie("ada", "author"), token_for("eve", "author", 60));
    let form = format!("token={eve}");
    for from in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("x-none", "a cookie, and nobody says where it comes from"),
    ] {
        for path in [FORM, "/blog/admin/sign-out"] {
            let urlencoded = ("content-type", "application/x-www-form-urlencoded");
            let headers = [from, urlencoded, ("cookie", ada.as_str())];
            let answer = browser.send("POST", path, &headers, &form).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {from:?}");
            assert!(!answer.headers.contains_key("set-cookie"));
        }
    }
}
