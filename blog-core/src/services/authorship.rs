use std::sync::Arc;

use crate::Blog;
use crate::domain::{Actor, Authorship, Permission, PostId, Scope, Version, VersionKind};
use crate::error::{Error, Result};
use crate::ports::VersionHeader;

use super::Versions;

/// How many headers are read at once.
const PAGE: usize = 100;

/// On the way to a version, what is known of every so many is remembered as well.
const REMEMBER_EVERY: usize = 50;

impl Versions<'_> {
    /// A version, and who wrote which part of its body. It is found by going through the versions that
    /// lead there, from the first or from one that is remembered.
    ///
    /// # Errors
    /// As [`history`](Versions::history); not found if there is no such version.
    pub async fn authorship(
        &self,
        actor: &Actor,
        post: PostId,
        number: u32,
    ) -> Result<(Version, Arc<Authorship>)> {
        self.blog.head_for(actor, post, Permission::Edit).await?;
        let wanted = self.get(actor, post, number).await?;
        let Way { mut numbers, start } = self.way_to(actor, &wanted).await?;
        let mut said = String::new();
        if start.is_some()
            && let Some(first) = numbers.pop()
        {
            said = self.get(actor, post, first).await?.content.body;
        }
        let mut authorship = start.unwrap_or_default();
        while let Some(next) = numbers.pop() {
            let version = self.get(actor, post, next).await?;
            authorship = Arc::new(authorship.carried_to(&version, &said));
            if numbers.len() % REMEMBER_EVERY == 0 {
                self.blog.remember_authorship(&version, &authorship);
            }
            said = version.content.body;
        }
        self.blog.remember_authorship(&wanted, &authorship);
        Ok((wanted, authorship))
    }

    /// The versions from which a version has its text.
    async fn way_to(&self, actor: &Actor, version: &Version) -> Result<Way> {
        let post = version.post;
        let mut headers = Headers {
            blog: self.blog,
            scope: self.blog.scope(actor),
            post,
            page: vec![],
        };
        let mut way = Way::default();
        let mut next = headers.up_to(version.number).await?;
        while let Some(header) = next {
            let number = header.number;
            way.start = self.blog.known_authorship(post, &header);
            if way.start.is_some() {
                way.numbers.push(number);
                break;
            }
            if header.kind == VersionKind::Restore
                && let Some(restored) = self.get(actor, post, number).await?.restored
                && restored < number
            {
                // It has all that it says from there.
                next = headers.up_to(restored).await?;
                continue;
            }
            way.numbers.push(number);
            next = headers.up_to(number - 1).await?;
            // What an import brought is kept as a version of its own, in one commit with what has come
            // of it: neither follows on the other.
            while let Some(before) = &next
                && before.revision == header.revision
            {
                next = headers.up_to(before.number - 1).await?;
            }
        }
        Ok(way)
    }
}

/// Versions, each but the last with the one after it before it.
#[derive(Debug, Default)]
struct Way {
    numbers: Vec<u32>,
    /// The authorship of the last, if it is remembered.
    start: Option<Arc<Authorship>>,
}

/// A post's history, read in pages.
#[derive(Debug)]
struct Headers<'a> {
    blog: &'a Blog,
    scope: Scope,
    post: PostId,
    /// Newest first.
    page: Vec<VersionHeader>,
}

impl Headers<'_> {
    /// The newest version whose number is at most `number`; none before the first.
    ///
    /// # Errors
    /// Not found if the actor does not see the history any more.
    async fn up_to(&mut self, number: u32) -> Result<Option<VersionHeader>> {
        let is_there = |header: &&VersionHeader| header.number <= number;
        let reaches = |first: &VersionHeader| first.number >= number;
        if !self.page.first().is_some_and(reaches) || !self.page.iter().any(|it| is_there(&it)) {
            let before = number.saturating_add(1);
            let storage = self.blog.storage();
            let page = storage.versions(&self.scope, self.post, Some(before), PAGE);
            self.page = page.await?;
        }
        match self.page.iter().find(is_there) {
            None if number > 0 => Err(Error::not_found("version")),
            header => Ok(header.cloned()),
        }
    }
}
