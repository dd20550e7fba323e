/// One way in which a storage breaks its promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    LosesTheLastPostOfACommit,
    LosesAuditEntries,
    KeepsTheFirstPostOfAFailedCommit,
    KeepsTheKeyOfAFailedCommit,
    WritesOverNewerRevisions,
    ChecksSlugsBeforeItWaits,
    ChecksRevisionsBeforeItWaits,
    TakesSlugsInEveryLocale,
    KeepsTheSlugsOfTheDeleted,
    NamesNoConflict,
    DropsDanglingRedirects,
    RedirectsPresentSlugs,
    LosesTheLastCommitInACrash,
    ForgetsDeletionsInACrash,

    SkipsAnEvent,
    ShowsAnEventBeforeTheOneBelow,
    ForgetsTheLogsEndInAPurge,

    RepeatsTheRowAtTheBorder,
    SkipsTheRowAtTheBorder,
    PagesByTimeAlone,
    PagesByOffset,
    HasOneOrder,
    RepeatsTheVersionAtTheBorder,

    HasOnePlace,

    UndoesTheNeighbourOfAFailure,

    ReadsTheCommitBefore,
    KeepsOldCounts,
    DropsLettersWithTheirEvents,

    AcceptsLostLeases,
    GivesALeaseTwice,
    RepeatsTokens,
    LetsAnyoneReleaseALease,
    TakesAKeyTwice,
    SharesKeysBetweenActors,
    KeepsKeysForEver,
    MovesTheCheckpointFirst,

    ListsDrafts,
    CountsTheTagsOfDrafts,
    CountsTheAuthorsOfDrafts,
    CountsTheTrash,
    ShowsTheCardsOfDrafts,
    RedirectsToDrafts,
    ShowsFormerVersions,
    FindsByTheTagsOfHeads,

    ComposesLetters,
    TrimsBlanks,
    KeepsMillisecondsOnly,

    ForgetsWhoHelpedOnceRenamedAndTrashed,
}
