use std::time::Duration;

/// What the body of a live document is in Yjs. A post's body is Markdown, whichever it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyFormat {
    /// The text `body`, in Markdown.
    #[default]
    Markdown,
    /// The XML fragment `default`, as TipTap's Collaboration extension and y-prosemirror keep it.
    RichText,
}

/// What a host may set.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct HubOptions {
    /// What bodies are in live documents; the same on all nodes. It is settled before the first of them
    /// is opened: one that was begun in another format keeps its post's body until somebody writes in it.
    pub body: BodyFormat,
    /// Rooms that may be open on this node. Who would open another is refused as unavailable.
    pub rooms: usize,
    /// Connections, and programs that read or edit, in one room. Who comes after them is refused as
    /// unavailable.
    pub participants: usize,
    /// Connections that one actor may have on this node, in all rooms. One more is refused as rate
    /// limited.
    pub connections_of_one: usize,
    /// Bytes of one message. A longer one closes its connection ([`Close::TooLarge`]).
    ///
    /// [`Close::TooLarge`]: crate::Close::TooLarge
    pub message_bytes: usize,
    /// Bytes a second that one connection may bring for long, and eight times as many at once. Who
    /// brings more is read more slowly.
    pub bytes_per_second: u32,
    /// Messages a second that one connection may bring for long, and eight times as many at once. Who
    /// brings more is read more slowly; a frame that holds more than may come at once closes its
    /// connection ([`Close::TooLarge`]).
    ///
    /// [`Close::TooLarge`]: crate::Close::TooLarge
    pub messages_per_second: u32,
    /// How many bytes a document may be, encoded as one update. It is measured each time that a 64th
    /// of them was written, and what makes it too large is not taken, and its connection closed
    /// ([`Close::TooLarge`]). How long its texts may be, the blog's `Limits` say.
    ///
    /// [`Close::TooLarge`]: crate::Close::TooLarge
    pub document_bytes: usize,
    /// How many arrays, maps, texts and XML nodes a document may be given. More are refused as by
    /// `document_bytes`.
    pub document_types: usize,
    /// How many client ids one actor may have in a document, over all its life. More are refused
    /// ([`Close::Forbidden`]).
    ///
    /// [`Close::Forbidden`]: crate::Close::Forbidden
    pub clients_of_one: usize,
    /// Bytes that may wait for a connection that does not read. With more it is closed
    /// ([`Close::TryAgainLater`]).
    ///
    /// [`Close::TryAgainLater`]: crate::Close::TryAgainLater
    pub outbox_bytes: usize,
    /// Bytes of one room that may be on their way into the store. Beyond them nobody in the room is
    /// read until some are stored.
    pub unstored_bytes: u32,
    /// How long a store may take. Then who wants to come in is refused as unavailable, and a room that
    /// waits for it is closed ([`Close::TryAgainLater`]): its clients still have what is not stored.
    ///
    /// [`Close::TryAgainLater`]: crate::Close::TryAgainLater
    pub store_patience: Duration,
    /// How long nobody writes until what was written becomes a version.
    pub idle: Duration,
    /// How often it becomes one while somebody writes.
    pub fold_every: Duration,
    /// How often a room looks for what no message told it.
    pub look_every: Duration,
    /// How long nobody needs a document until its room lets go of it, and keeps but who is there. It is
    /// loaded again when somebody comes, writes or reads.
    pub unload_after: Duration,
    /// How many entries a document's log may have until a fold leaves a snapshot in their place.
    pub compact_from: usize,
    /// The same in bytes. A room that has written so many is folded at once.
    pub compact_bytes: usize,
    /// What assistants are called in rooms ([`Hub::assist`](crate::Hub::assist)).
    pub assistant_name: String,
    /// Assistants that may write at once on this node. Who asks for one more is refused as unavailable.
    pub assistants: usize,
}

impl Default for HubOptions {
    fn default() -> Self {
        Self {
            body: BodyFormat::default(),
            rooms: 10_000,
            participants: 1_000,
            connections_of_one: 20_000,
            message_bytes: 1 << 20,
            bytes_per_second: 2 << 20,
            messages_per_second: 500,
            document_bytes: 8 << 20,
            document_types: 4_096,
            clients_of_one: 10_000,
            outbox_bytes: 4 << 20,
            unstored_bytes: 8 << 20,
            store_patience: Duration::from_secs(30),
            idle: Duration::from_secs(10),
            fold_every: Duration::from_secs(180),
            look_every: Duration::from_secs(30),
            unload_after: Duration::from_secs(60),
            compact_from: 500,
            compact_bytes: 4 << 20,
            assistant_name: "Assistant".to_owned(),
            assistants: 100,
        }
    }
}

impl HubOptions {
    /// The options of a hub whose bodies are rich text: every paragraph is two XML nodes.
    #[must_use]
    pub fn rich_text() -> Self {
        Self {
            body: BodyFormat::RichText,
            document_types: 65_536,
            ..Self::default()
        }
    }
}
