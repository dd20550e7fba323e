//! The one writer: what waits is written in one transaction, and shares one flush of the disk.

use blog_core::domain::{PostId, Seq};
use blog_core::ports::{Changes, Committed, DeadLetter, Lease, Reservation, Settlement};
use blog_core::tables::Creation;
use sqlx::{Connection, Executor, SqliteConnection};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::collab::{self, Ends, KnownEnds, PackedAppend, PackedSnapshot};
use crate::commit;
use crate::creation::{create_all, create_alone, create_in};
use crate::error::{Result, SqliteError};
use crate::leases::{self, Wanted};
use crate::log_room;
use crate::notices::Written;
use crate::strings::{OneString, write_strings};
use crate::usage::{self, Charge};

const QUEUE: usize = 1_024;
const MOST_TOGETHER: usize = 256;
/// So many groups later the log is written back as soon as nobody waits. SQLite itself does it within a commit, at
/// 1,000 pages, which then takes several times as long. Appends to live documents, of two to four pages each,
/// hardly come so far; posts do.
const WRITTEN_BACK: usize = 256;

/// Something to write.
#[derive(Debug)]
pub(crate) enum Job {
    Commit(Box<Changes>),
    AcquireLease(Wanted),
    ReleaseLease(Lease),
    Bury(Box<DeadLetter>),
    Unbury(String, Seq),
    Purge {
        events_before: i64,
        keys_before: i64,
    },
    Append(Box<PackedAppend>),
    Compact(Box<PackedSnapshot>),
    NoteFolded(PostId, u64),
    RemoveDocument(PostId),
    Reserve(Box<Charge>),
    Settle(Uuid, Box<Settlement>),
    /// The first day that is kept, in days since 1970-01-01.
    ForgetUsage {
        before: i32,
    },
    Ping,
}

impl Job {
    fn creation(&self) -> Option<Creation<'_>> {
        match self {
            Self::Commit(changes) => Creation::of(changes),
            _ => None,
        }
    }

    fn append(&self) -> Option<&PackedAppend> {
        match self {
            Self::Append(append) => Some(append),
            _ => None,
        }
    }
}

/// What came of a job.
#[derive(Debug)]
pub(crate) enum Done {
    Committed(Committed),
    Lease(Option<Lease>),
    Appended(Ends),
    Reserved(Reservation),
    /// Whether there was something to write it to.
    Found(bool),
    Nothing,
}

type Request = (Job, oneshot::Sender<Result<Done>>);

/// A handle of the writer. The writer ends, with everything queued written, when the last is gone.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    queue: mpsc::Sender<Request>,
}

impl Writer {
    /// Starts the writer on its own connection, on the runtime of the caller.
    pub(crate) fn start(connection: SqliteConnection, written: Written) -> Self {
        let (queue, requests) = mpsc::channel(QUEUE);
        tokio::spawn(run(connection, requests, written));
        Self { queue }
    }

    /// Writes, or does not. A job that is queued is done even if the caller goes away.
    pub(crate) async fn write(&self, job: Job) -> Result<Done> {
        let (answer, answered) = oneshot::channel();
        self.queue
            .send((job, answer))
            .await
            .map_err(|_| SqliteError::Stopped)?;
        answered.await.map_err(|_| SqliteError::Stopped)?
    }
}

async fn run(
    mut connection: SqliteConnection,
    mut requests: mpsc::Receiver<Request>,
    written: Written,
) {
    let mut group = Vec::with_capacity(MOST_TOGETHER);
    let mut known = KnownEnds::default();
    let is_written_back = log_room::is_written_back(&mut connection).await;
    let mut not_written_back = 0;
    while requests.recv_many(&mut group, MOST_TOGETHER).await > 0 {
        let (jobs, answers): (Vec<_>, Vec<_>) = group.drain(..).unzip();
        let results = match write_alike(&mut connection, &jobs, &known).await {
            Some(Ok(results)) => Ok(results),
            Some(Err(error)) if !error.is_constraint() => Err(error),
            // They are not alike, or one of them was refused: then it has to be known which.
            _ => write_group(&mut connection, &jobs).await,
        };
        let results =
            results.unwrap_or_else(|error| jobs.iter().map(|_| Err(error.clone())).collect());
        if let Some(end) = end_of_events(&results) {
            written.note(end);
        }
        for (job, result) in jobs.iter().zip(&results) {
            match (job, result) {
                (Job::Append(append), Ok(Done::Appended(ends))) => known.note(append, *ends),
                (_, Ok(Done::Committed(committed))) => known.note_event(committed.seq),
                _ => {}
            }
        }
        for (answer, result) in answers.into_iter().zip(results) {
            // A caller that has gone away does not need the answer.
            let _ = answer.send(result);
        }
        not_written_back += 1;
        if is_written_back && not_written_back >= WRITTEN_BACK && requests.is_empty() {
            log_room::write_back(&mut connection).await;
            not_written_back = 0;
        }
    }
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "the database was not closed cleanly");
    }
}

/// Where the event log ended after jobs that were appends, all of them.
fn end_of_events(results: &[Result<Done>]) -> Option<Seq> {
    let ends = results.iter().map(|result| match result {
        Ok(Done::Appended(ends)) => Some(ends.events),
        _ => None,
    });
    ends.collect::<Option<Vec<_>>>()?.last().copied()
}

/// Writes the jobs in one transaction, without a look at what is there, if all of them are new
/// posts, or all of them are appends, or all of them are single strings. An error is one of the whole
/// group, and nothing of it is written.
async fn write_alike(
    connection: &mut SqliteConnection,
    jobs: &[Job],
    known: &KnownEnds,
) -> Option<Result<Vec<Result<Done>>>> {
    if let Some(appends) = jobs.iter().map(Job::append).collect::<Option<Vec<_>>>() {
        let ends = match appends.as_slice() {
            [append] => append_one(connection, append, known)
                .await
                .map(|end| vec![end]),
            many => append_together(connection, many).await,
        };
        let done = |end| Ok(Done::Appended(end));
        return Some(ends.map(|ends| ends.into_iter().map(done).collect()));
    }
    if let Some(strings) = jobs.iter().map(OneString::of).collect::<Option<Vec<_>>>() {
        return Some(match write_strings(connection, &strings).await {
            Ok(written) => Ok(explained(connection, jobs, written).await),
            Err(error) => Err(error),
        });
    }
    let creations = jobs.iter().map(Job::creation).collect::<Option<Vec<_>>>()?;
    let seqs = match creations.as_slice() {
        [creation] => create_alone(connection, *creation)
            .await
            .map(|seq| vec![seq]),
        many => create_together(connection, many).await,
    };
    let done = |seq| Ok(Done::Committed(Committed { seq }));
    Some(seqs.map(|seqs| seqs.into_iter().map(done).collect()))
}

/// What came of jobs. Those of which it is not known are done again, each by itself; if the database fails there, it is
/// not asked for the others.
async fn explained(
    connection: &mut SqliteConnection,
    jobs: &[Job],
    written: Vec<Option<Done>>,
) -> Vec<Result<Done>> {
    let mut results = Vec::with_capacity(jobs.len());
    let mut failure: Option<SqliteError> = None;
    for (job, done) in jobs.iter().zip(written) {
        let result = match (done, &failure) {
            (Some(done), _) => Ok(done),
            (None, Some(failure)) => Err(failure.clone()),
            (None, None) => write_by_itself(connection, job).await,
        };
        if let Err(error @ SqliteError::Database(_)) = &result
            && !error.is_constraint()
        {
            failure = Some(error.clone());
        }
        results.push(result);
    }
    results
}

async fn append_one(
    connection: &mut SqliteConnection,
    append: &PackedAppend,
    known: &KnownEnds,
) -> Result<Ends> {
    if let Some(before) = known.before(append)
        && let Some(after) = collab::append_behind(connection, append, before).await?
    {
        return Ok(after);
    }
    collab::append_alone(connection, append).await
}

async fn append_together(
    connection: &mut SqliteConnection,
    appends: &[&PackedAppend],
) -> Result<Vec<Ends>> {
    connection.execute("BEGIN IMMEDIATE").await?;
    let written = collab::append_all(connection, appends).await;
    end(connection, written).await
}

async fn create_together(
    connection: &mut SqliteConnection,
    creations: &[Creation<'_>],
) -> Result<Vec<Seq>> {
    connection.execute("BEGIN IMMEDIATE").await?;
    let written = create_all(connection, creations).await;
    end(connection, written).await
}

/// Commits what was written, or undoes it. Not sqlx's transaction: a full or failing disk ends
/// SQLite's own, and sqlx would take every later one for one inside it.
async fn end<T>(connection: &mut SqliteConnection, written: Result<T>) -> Result<T> {
    let ended = match written {
        Ok(done) => connection
            .execute("COMMIT")
            .await
            .map(|_| done)
            .map_err(Into::into),
        error => error,
    };
    if ended.is_err() {
        // Fails where the transaction is undone already.
        let _ = connection.execute("ROLLBACK").await;
    }
    ended
}

/// Writes all jobs in one transaction, each checked before it is written: each job's own refusal is
/// its result, and undoes what it wrote; an error of the database is one of the whole group, and
/// nothing of it is written.
async fn write_group(connection: &mut SqliteConnection, jobs: &[Job]) -> Result<Vec<Result<Done>>> {
    if let [job] = jobs {
        return Ok(vec![write_by_itself(connection, job).await]);
    }
    connection.execute("BEGIN IMMEDIATE; SAVEPOINT job").await?;
    let written = write_each(connection, jobs).await;
    end(connection, written).await
}

/// Writes a job in a transaction of its own. A savepoint would copy each page that it changes, for nobody.
async fn write_by_itself(connection: &mut SqliteConnection, job: &Job) -> Result<Done> {
    connection.execute("BEGIN IMMEDIATE").await?;
    let written = write_one(connection, job).await;
    end(connection, written).await
}

async fn write_each(connection: &mut SqliteConnection, jobs: &[Job]) -> Result<Vec<Result<Done>>> {
    let mut results = Vec::with_capacity(jobs.len());
    for job in jobs {
        if !results.is_empty() {
            connection.execute("RELEASE job; SAVEPOINT job").await?;
        }
        let result = write_one(connection, job).await;
        match &result {
            Ok(_) => {}
            Err(error @ SqliteError::Database(_)) if !error.is_constraint() => {
                return result.map(|_| vec![]);
            }
            Err(_) => {
                connection.execute("ROLLBACK TO job").await?;
            }
        }
        results.push(result);
    }
    Ok(results)
}

async fn write_one(connection: &mut SqliteConnection, job: &Job) -> Result<Done> {
    match job {
        Job::Commit(changes) => {
            crate::check::check(connection, changes).await?;
            let seq = match Creation::of(changes) {
                Some(creation) => create_in(connection, creation).await?,
                None => commit::write(connection, changes).await?,
            };
            Ok(Done::Committed(Committed { seq }))
        }
        Job::AcquireLease(wanted) => leases::acquire(connection, wanted).await.map(Done::Lease),
        Job::ReleaseLease(lease) => nothing(leases::release(connection, lease).await),
        Job::Bury(letter) => nothing(crate::events::bury(connection, letter).await),
        Job::Unbury(consumer, seq) => {
            nothing(crate::events::unbury(connection, consumer, *seq).await)
        }
        Job::Purge {
            events_before,
            keys_before,
        } => nothing(crate::events::purge(connection, *events_before, *keys_before).await),
        Job::Append(append) => collab::append_checked(connection, append)
            .await
            .map(Done::Appended),
        Job::Compact(snapshot) => nothing(collab::compact(connection, snapshot).await),
        Job::NoteFolded(document, position) => {
            nothing(collab::note_folded(connection, document, *position).await)
        }
        Job::RemoveDocument(document) => nothing(collab::remove(connection, document).await),
        Job::Reserve(charge) => usage::reserve(connection, charge).await.map(Done::Reserved),
        Job::Settle(call, settlement) => usage::settle(connection, *call, settlement)
            .await
            .map(Done::Found),
        Job::ForgetUsage { before } => usage::forget(connection, *before).await.map(Done::Found),
        Job::Ping => Ok(Done::Nothing),
    }
}

fn nothing(result: Result<()>) -> Result<Done> {
    result.map(|()| Done::Nothing)
}
