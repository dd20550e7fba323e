//! Calls of models: what they set aside, their lines in the audit trail, and what they come to are written together.
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::path::Path;
use std::time::Duration;

use blog_core::domain::{Actor, AuditEntry, Origin, Outcome, Role};
use blog_core::memory::{ScriptedModel, ScriptedReply};
use blog_core::ports::{
    Account, Amount, AuditQuery, CallOutcome, Changes, ModelCall, Reservation, Settlement, Storage,
    UsageStore,
};
use blog_core::services::ai::GeneratePost;
use blog_core::{Blog, BlogOptions, ErrorKind};
use blog_storage_sqlite::{SqliteConfig, SqliteStorage};
use chrono::{DateTime, Utc};
use futures::future::join_all;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, Executor, SqliteConnection, SqlitePool};
use uuid::Uuid;

/// A post as a model answers it.
const POST: &str = r#"{"title": "Crabs", "body": "Text.", "excerpt": "", "tags": [], "category": "",
    "seo": {"title": "", "description": "", "keywords": []}}"#;

const NOON: i64 = 1_772_366_400;

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(NOON, 0).unwrap()
}

/// The id of a call at noon.
fn id(number: u8) -> Uuid {
    let time = NOON.unsigned_abs() * 1_000;
    uuid::Builder::from_unix_timestamp_millis(time, &[number; 10]).into_uuid()
}

fn call(number: u8) -> ModelCall {
    ModelCall {
        id: id(number),
        at: noon(),
        actor: "ada".to_owned(),
        purpose: "generate".to_owned(),
        post: None,
        model: "large".to_owned(),
        reserved: Amount {
            tokens: 10,
            micros: 0,
        },
    }
}

fn total(tokens: u64) -> [Account; 1] {
    [Account {
        name: "total".to_owned(),
        tokens: Some(tokens),
        micros: None,
    }]
}

fn settlement() -> Settlement {
    Settlement {
        model: "large".to_owned(),
        spent: Amount {
            tokens: 3,
            micros: 0,
        },
        milliseconds: 1,
        outcome: CallOutcome::Answered,
    }
}

fn line(action: &str) -> Changes {
    let mut changes = Changes::at(noon());
    changes.audit.push(AuditEntry {
        at: noon(),
        actor: "ada".to_owned(),
        action: action.to_owned(),
        post: None,
        outcome: Outcome::Done,
        origin: Origin::default(),
    });
    changes
}

async fn actions(storage: &SqliteStorage) -> Vec<String> {
    let query = AuditQuery {
        limit: 100,
        ..AuditQuery::default()
    };
    let entries = storage.audit(&query).await.unwrap().into_iter();
    entries.rev().map(|(_, entry)| entry.action).collect()
}

/// Has the database refuse lines of this action, until what is answered is run there.
async fn refuse_lines(path: &Path, action: &str) -> SqlitePool {
    let host = SqlitePool::connect_with(SqliteConnectOptions::new().filename(path));
    let host = host.await.unwrap();
    let trigger = format!(
        "CREATE TRIGGER refusal BEFORE INSERT ON blog_audit WHEN new.action = '{action}' \
         BEGIN SELECT RAISE(ABORT, 'refused'); END"
    );
    let trigger = sqlx::query(sqlx::AssertSqlSafe(trigger));
    trigger.execute(&host).await.unwrap();
    host
}

#[tokio::test]
async fn what_is_written_together_is_answered_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(folder.path().join("blog.db")).await;
    let storage = storage.unwrap();
    let usage = storage.usage_store();
    let accounts = total(100);
    let calls: Vec<_> = (0..20).map(call).collect();
    let reserving = calls.iter().map(|call| usage.reserve(call, &accounts));
    let lines = (0..5).map(|_| storage.commit(line("ai_generate")));
    let (unknown, settlement) = ((30..35).map(id), settlement());
    let settling = unknown.map(|call| usage.settle(call, &settlement));
    let (reserved, written, settled) =
        tokio::join!(join_all(reserving), join_all(lines), join_all(settling));
    let full = Reservation::Exceeded {
        account: "total".to_owned(),
    };
    for (number, reservation) in reserved.into_iter().enumerate() {
        let expected = if number < 10 {
            &Reservation::Reserved
        } else {
            &full
        };
        assert_eq!(reservation.unwrap(), *expected, "{number}");
    }
    assert!(written.iter().all(Result::is_ok));
    for refused in settled {
        assert_eq!(*refused.unwrap_err().kind(), ErrorKind::NotFound);
    }
    assert_eq!(actions(&storage).await, ["ai_generate"; 5]);

    let settling = (0..10).map(|number| usage.settle(id(number), &settlement));
    assert!(join_all(settling).await.iter().all(Result::is_ok));
    // They hold 30 of 100 now, and each of these wants 10.
    let again: Vec<_> = (40..50).map(call).collect();
    let again = join_all(again.iter().map(|call| usage.reserve(call, &accounts))).await;
    let again = again.into_iter().map(Result::unwrap);
    let reserved = again.filter(|it| *it == Reservation::Reserved);
    assert_eq!(reserved.count(), 7);
    storage.close().await;
}

#[tokio::test]
async fn what_is_done_twice_together_is_done_once() {
    let folder = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(folder.path().join("blog.db")).await;
    let storage = storage.unwrap();
    let (usage, accounts) = (storage.usage_store(), total(15));
    let (call, settlement) = (call(1), settlement());
    let reserving = [&call, &call].map(|call| usage.reserve(call, &accounts));
    for reserved in join_all(reserving).await {
        assert_eq!(reserved.unwrap(), Reservation::Reserved);
    }
    let settling = [&settlement; 2].map(|settlement| usage.settle(call.id, settlement));
    assert!(join_all(settling).await.iter().all(Result::is_ok));
    // 3 of 15 are spent.
    let another = usage.reserve(&self::call(2), &accounts).await;
    assert_eq!(another.unwrap(), Reservation::Reserved);
    // What is charged to no account is known, too.
    let free = self::call(3);
    assert_eq!(
        usage.reserve(&free, &[]).await.unwrap(),
        Reservation::Reserved
    );
    usage.settle(free.id, &settlement).await.unwrap();
    storage.close().await;
}

#[tokio::test]
async fn while_another_program_holds_the_lock_nothing_is_written_and_afterwards_all_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("blog.db");
    let mut config = SqliteConfig::new(&path);
    config.busy_timeout = Duration::from_millis(10);
    let storage = SqliteStorage::open_with(&config).await.unwrap();
    let (usage, accounts) = (storage.usage_store(), total(100));
    let mut host = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&path))
        .await
        .unwrap();
    host.execute("BEGIN IMMEDIATE").await.unwrap();
    let first = call(1);
    let (reserved, written) = tokio::join!(
        usage.reserve(&first, &accounts),
        storage.commit(line("ai_generate"))
    );
    let is_busy = ErrorKind::Unavailable { retry: true };
    assert_eq!(*reserved.unwrap_err().kind(), is_busy);
    assert_eq!(*written.unwrap_err().kind(), is_busy);
    host.execute("ROLLBACK").await.unwrap();

    let (reserved, written) = tokio::join!(
        usage.reserve(&first, &accounts),
        storage.commit(line("ai_generate"))
    );
    assert_eq!(reserved.unwrap(), Reservation::Reserved);
    written.unwrap();
    assert_eq!(actions(&storage).await, ["ai_generate"]);
    host.close().await.unwrap();
    storage.close().await;
}

#[tokio::test]
async fn a_line_that_is_refused_takes_no_other_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("blog.db");
    let storage = SqliteStorage::open(&path).await.unwrap();
    let host = refuse_lines(&path, "bad").await;
    let lines = ["a", "bad", "b"].map(|action| storage.commit(line(action)));
    let [first, refused, last] = <[_; 3]>::try_from(join_all(lines).await).unwrap();
    first.unwrap();
    refused.unwrap_err();
    last.unwrap();
    storage.commit(line("bad")).await.unwrap_err();
    storage.commit(line("c")).await.unwrap();
    assert_eq!(actions(&storage).await, ["a", "b", "c"]);
    host.close().await;
    storage.close().await;
}

#[tokio::test]
async fn a_model_is_asked_nothing_whose_line_in_the_audit_trail_cannot_be_written() {
    // With a budget that may refuse the call, its line is written behind what is set aside, or else beside it.
    for tokens in [Some(1_000_000), None] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("blog.db");
        let storage = SqliteStorage::open(&path).await.unwrap();
        let host = refuse_lines(&path, "ai_generate").await;
        let model = ScriptedModel::new([ScriptedReply::answer(POST)]);
        let mut options = BlogOptions::default();
        options.ai.budgets.total.tokens = tokens;
        let blog = Blog::builder(storage.clone())
            .usage_store(storage.usage_store())
            .language_model(model.clone())
            .options(options)
            .build();
        let ada = Actor::user("ada", "Ada", Role::Admin);
        let wanted = GeneratePost {
            topic: "Crabs".to_owned(),
            ..GeneratePost::default()
        };
        blog.ai().generate(&ada, wanted.clone()).await.unwrap_err();
        assert!(model.requests().is_empty());
        let usage = blog.ai().usage(&ada, None, 10).await.unwrap();
        let settlement = usage.items[0].settlement.as_ref().unwrap();
        assert_eq!(settlement.outcome, CallOutcome::Cancelled);
        assert_eq!(settlement.spent, Amount::default());

        let allow = sqlx::query("DROP TRIGGER refusal");
        allow.execute(&host).await.unwrap();
        blog.ai().generate(&ada, wanted).await.unwrap();
        assert_eq!(model.requests().len(), 1);
        assert_eq!(actions(&storage).await, ["ai_generate"]);
        host.close().await;
        storage.close().await;
    }
}
