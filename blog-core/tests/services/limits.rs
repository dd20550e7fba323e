use blog_core::ErrorKind;
use blog_core::domain::Content;

use crate::scene::{Scene, editor, kind, scene, text};

/// Makes a field of that size.
type Fill = fn(&mut Content, usize);

#[tokio::test]
async fn limits_hold_at_their_edge_and_name_the_field() {
    let Scene { blog, .. } = scene();
    let create = |change: Fill, size: usize| {
        let blog = blog.clone();
        async move {
            let mut new = text("Title", "");
            change(&mut new.content, size);
            blog.posts().create(&editor(), new).await
        }
    };
    let fields: [(&str, Fill, usize); 4] = [
        (
            "title",
            |content, size| content.title = "é".repeat(size),
            300,
        ),
        (
            "body",
            |content, size| content.body = "x".repeat(size),
            1 << 20,
        ),
        (
            "tags",
            |content, size| content.tags = (0..size).map(|n| n.to_string()).collect(),
            50,
        ),
        (
            "custom",
            |content, size| {
                let filler = "x".repeat(size - r#"{"k":""}"#.len());
                content.custom.insert("k".into(), filler.into());
            },
            64 << 10,
        ),
    ];
    for (field, change, limit) in fields {
        create(change, limit - 1).await.unwrap();
        create(change, limit).await.unwrap();
        match kind(create(change, limit + 1).await) {
            ErrorKind::Invalid(errors) => assert_eq!(errors[0].field, field),
            other => panic!("{field}: {other:?}"),
        }
    }
    let nul = create(|content, _| content.title = "a\0b".into(), 0).await;
    assert!(matches!(kind(nul), ErrorKind::Invalid(errors) if errors[0].field == "title"));
    let mixed = create(|content, _| content.body = "a\r\nb\rc".into(), 0)
        .await
        .unwrap();
    assert_eq!(mixed.version.content.body, "a\nb\nc");
}

#[tokio::test]
async fn custom_fields_nest_to_their_limit_and_numbers_stay_exact() {
    let Scene { blog, .. } = scene();
    let nested = |depth: usize| {
        let mut new = text("Deep", "");
        let json = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let value = serde_json::from_str(&json).unwrap();
        new.content.custom.insert("a".into(), value);
        new
    };
    blog.posts().create(&editor(), nested(32)).await.unwrap();
    let refused = blog.posts().create(&editor(), nested(33)).await;
    let ErrorKind::Invalid(fields) = kind(refused) else {
        unreachable!("deeper than the limit");
    };
    assert_eq!(fields[0].field, "custom");

    // A number that a hasty parser reads as its neighbour.
    let number: f64 = 122.416_294_033_786_59;
    let json = serde_json::to_string(&number).unwrap();
    let read: f64 = serde_json::from_str(&json).unwrap();
    assert_eq!(read.to_bits(), number.to_bits());
}
