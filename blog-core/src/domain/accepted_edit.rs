use std::ops::Range;

use serde::{Deserialize, Serialize};

/// An edit by which somebody has put what a model has suggested into a live document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedEdit {
    /// The client id (Yjs) that it was made under.
    pub client: u64,
    /// The clocks of what was inserted; empty where words were only taken out.
    pub clocks: Range<u32>,
    /// Which of the suggested paragraphs it accepts, by their index. Where they are not said, edits of one client
    /// that only took words out, with nothing written in between, are taken for one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paragraphs: Vec<u32>,
}
