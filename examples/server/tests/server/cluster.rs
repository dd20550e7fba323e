//! Nodes, and the servers that they share.

#[path = "../../../../blog-storage-postgres/tests/postgres/run.rs"]
mod run;

use std::path::Path;

use super::Server;

pub(crate) use run::Way;

/// A database of a test's own, on the server that `tests/run` starts.
pub(crate) struct Database {
    name: String,
}

impl Database {
    pub(crate) fn new(test: &str) -> Self {
        let name = wait_for(async { format!("{}_{test}", run::name().await.unwrap()) });
        let database = Self { name };
        database.execute(&format!("CREATE DATABASE {}", database.name));
        database
    }

    pub(crate) fn url(&self, way: Way) -> String {
        way.to(&self.name).unwrap()
    }

    /// What a node that shares this database and Redis is told.
    pub(crate) fn options(&self) -> [String; 6] {
        self.options_by(&self.url(Way::Direct), &redis())
    }

    /// The same where these addresses lead there.
    pub(crate) fn options_by(&self, postgres: &str, redis: &str) -> [String; 6] {
        let prefix = format!("{}:", self.name);
        [
            "--database-url",
            postgres,
            "--redis-url",
            redis,
            "--redis-prefix",
            &prefix,
        ]
        .map(str::to_owned)
    }

    pub(crate) fn remove(&self) {
        self.execute(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }

    fn execute(&self, statement: &str) {
        let url = Way::Direct.url().unwrap();
        wait_for(async { run::execute(&url, &[statement]).await.unwrap() });
    }
}

/// Does what is asynchronous in the tests of the adapters.
pub(crate) fn wait_for<T>(what: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(what)
}

/// Redis, as `tests/run` gives it.
pub(crate) fn redis() -> String {
    std::env::var("BLOG_TEST_REDIS_URL").unwrap()
}

/// A node with data of its own in `folder`, and the key of all nodes.
pub(crate) fn node(folder: &Path, name: &str, options: &[impl AsRef<str>]) -> Server {
    node_under(&["env"], folder, name, options)
}

/// The same under a program that becomes the server, as [`Server::start_under`] has it.
pub(crate) fn node_under(
    program: &[&str],
    folder: &Path,
    name: &str,
    options: &[impl AsRef<str>],
) -> Server {
    let data = folder.join(name);
    std::fs::create_dir_all(&data).unwrap();
    std::fs::copy(folder.join("jwt.key"), data.join("jwt.key")).unwrap();
    let options: Vec<_> = options.iter().map(AsRef::as_ref).collect();
    Server::start_under(program, &data, &options)
}
