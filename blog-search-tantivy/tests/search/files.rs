use std::path::Path;
use std::sync::Arc;

use blog_core::domain::{Scope, Seq};
use blog_core::ports::{IndexChange, SearchIndex};
use blog_search_tantivy::TantivyIndex;

use crate::made::{everything, filled, found, id, post, put, query};

#[tokio::test]
async fn applying_twice_is_applying_once_and_removal_removes() {
    let index = filled(&[post(1, "Rust", "").draft("Rust again", "")]).await;
    index
        .apply(put(&[post(1, "Rust", "").draft("Rust again", "")]), Seq(1))
        .await
        .unwrap();
    for scope in [Scope::public(), everything()] {
        assert_eq!(index.search(&scope, &query("rust")).await.unwrap().total, 1);
    }
    index
        .apply(vec![IndexChange::Remove(id(1))], Seq(2))
        .await
        .unwrap();
    assert_eq!(
        index.search(&everything(), &query("")).await.unwrap().total,
        0
    );
    assert!(index.ids(None, 9).await.unwrap().is_empty());
    assert_eq!(index.checkpoint().await.unwrap(), Some(Seq(2)));
}

#[tokio::test]
async fn the_checkpoint_survives_and_one_process_writes() {
    let dir = tempfile::tempdir().unwrap();
    let index = TantivyIndex::open(dir.path()).unwrap();
    assert_eq!(index.checkpoint().await.unwrap(), None);
    index
        .apply(put(&[post(1, "Rust", "")]), Seq(7))
        .await
        .unwrap();
    index.apply(vec![], Seq(8)).await.unwrap();
    let other = TantivyIndex::open(dir.path()).unwrap();
    assert_eq!(other.checkpoint().await.unwrap(), Some(Seq(8)));
    assert!(
        other
            .apply(vec![], Seq(9))
            .await
            .unwrap_err()
            .is_retryable()
    );
    index
        .apply(put(&[post(2, "Rust too", "")]), Seq(9))
        .await
        .unwrap();
    assert_eq!(other.checkpoint().await.unwrap(), Some(Seq(9)));
    assert_eq!(found(&other, "rust").await.len(), 2);
    drop(index);
    other.apply(vec![], Seq(10)).await.unwrap();
    drop(other);
    let again = TantivyIndex::open(dir.path()).unwrap();
    assert_eq!(again.checkpoint().await.unwrap(), Some(Seq(10)));
}

fn files(dir: &Path, ending: &str) -> Vec<std::path::PathBuf> {
    let paths = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.to_str().unwrap().ends_with(ending))
        .collect()
}

#[tokio::test]
async fn a_damaged_index_is_given_up() {
    for ending in ["meta.json", ".term", ".store", ".fast", ".idx"] {
        let dir = tempfile::tempdir().unwrap();
        let index = TantivyIndex::open(dir.path()).unwrap();
        index
            .apply(put(&[post(1, "Rust", "text"), post(2, "Go", "")]), Seq(7))
            .await
            .unwrap();
        drop(index);
        let number = std::fs::read_to_string(dir.path().join("current")).unwrap();
        let broken = files(&dir.path().join(number.trim()), ending);
        assert!(!broken.is_empty(), "{ending}");
        for path in broken {
            let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
            file.set_len(file.metadata().unwrap().len() / 2).unwrap();
        }
        let index = TantivyIndex::open(dir.path()).unwrap();
        assert_eq!(index.checkpoint().await.unwrap(), None, "{ending}");
        index
            .apply(put(&[post(1, "Rust", "")]), Seq(8))
            .await
            .unwrap();
        assert_eq!(found(&index, "rust").await, [1]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_old_content_answers_while_the_new_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let index = Arc::new(TantivyIndex::open(dir.path()).unwrap());
    index
        .apply(put(&[post(1, "Old rust", "")]), Seq(1))
        .await
        .unwrap();
    assert!(index.replace(Seq(2)).await.is_err());
    index.begin_replacement().await.unwrap();
    for number in 2..30 {
        index
            .extend_replacement(vec![post(number, "New rust", "").indexed()])
            .await
            .unwrap();
        assert_eq!(found(&index, "rust").await, [1]);
    }
    index
        .apply(put(&[post(31, "Late rust", "")]), Seq(2))
        .await
        .unwrap();
    assert_eq!(found(&index, "rust").await.len(), 2);
    let reading = {
        let index = Arc::clone(&index);
        tokio::spawn(async move {
            for _ in 0..100 {
                assert!(!found(&index, "rust").await.is_empty());
            }
        })
    };
    index.replace(Seq(5)).await.unwrap();
    reading.await.unwrap();
    assert_eq!(
        index
            .search(&Scope::public(), &query("rust"))
            .await
            .unwrap()
            .total,
        28
    );
    index
        .apply(put(&[post(40, "Later rust", "")]), Seq(6))
        .await
        .unwrap();
    assert_eq!(
        index
            .search(&Scope::public(), &query("rust"))
            .await
            .unwrap()
            .total,
        29
    );
    drop(index);
    // One that was never put in place is swept.
    std::fs::create_dir(dir.path().join("99")).unwrap();
    let index = TantivyIndex::open(dir.path()).unwrap();
    assert!(!dir.path().join("99").exists());
    assert_eq!(index.checkpoint().await.unwrap(), Some(Seq(6)));
}
