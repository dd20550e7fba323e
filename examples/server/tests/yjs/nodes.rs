use std::path::Path;

use tempfile::TempDir;

use super::Post;
use crate::server::{Server, token_of};

/// Nodes that serve one blog, with a post in it.
pub(crate) struct Nodes {
    pub(crate) folder: TempDir,
    pub(crate) servers: Vec<Server>,
    pub(crate) post: Post,
}

impl Nodes {
    /// The nodes are started with a folder for their data, in which their key is.
    pub(crate) fn new(start: impl FnOnce(&Path) -> Vec<Server>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let token = token_of(folder.path(), "Ada", "editor");
        let servers = start(folder.path());
        let post = Post::create(&servers[0], &token);
        Self {
            folder,
            servers,
            post,
        }
    }

    /// Addresses for so many clients on each node.
    pub(crate) fn addresses(&self, count: usize) -> impl Iterator<Item = &str> {
        let addresses = self.servers.iter().map(|server| &*server.address);
        addresses.flat_map(move |address| std::iter::repeat_n(address, count))
    }

    pub(crate) fn stop(self) {
        for server in self.servers {
            server.stop("-TERM");
        }
    }
}
