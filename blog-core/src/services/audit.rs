use crate::Blog;
use crate::domain::{Actor, AuditEntry, Permission, Seq};
use crate::error::Result;
use crate::ports::AuditQuery;

use super::Page;

/// The audit trail.
#[derive(Debug, Clone, Copy)]
pub struct Audit<'a> {
    pub(crate) blog: &'a Blog,
}

impl Audit<'_> {
    /// A page of the trail, newest first.
    ///
    /// # Errors
    /// Forbidden for all but admins.
    pub async fn read(
        &self,
        actor: &Actor,
        query: &AuditQuery,
    ) -> Result<Page<(Seq, AuditEntry), Seq>> {
        self.blog.require(actor, Permission::ReadAudit, None)?;
        self.blog.write_refusals().await?;
        let one_more = AuditQuery {
            limit: query.limit + 1,
            ..query.clone()
        };
        let entries = self.blog.storage().audit(&one_more).await?;
        Ok(Page::of(entries, query.limit, |(seq, _)| *seq))
    }
}
