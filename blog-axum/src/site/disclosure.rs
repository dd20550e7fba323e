//! What readers are told of language models.

use blog_core::ports::PostView;

use crate::router::AppState;

/// How a language model took part in a post's text.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source {
    /// The text is as the model wrote it.
    Model,
    /// People wrote some of the text, or have edited it.
    ModelAndPeople,
}

impl Source {
    /// What readers are told, if they are to be told, and there is something to tell.
    pub(super) fn shown(state: &AppState, view: &PostView) -> Option<Self> {
        let PostView { post, version } = view;
        if !state.options.ai_disclosure || !post.is_ai_generated(version.number) {
            return None;
        }
        // What a model writes later joins what people wrote before, and what it translates people wrote.
        let is_whole = version.number == 1 && post.translation_of.is_none();
        Some(match is_whole {
            true => Self::Model,
            false => Self::ModelAndPeople,
        })
    }

    /// As templates know it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Model => "whole",
            Self::ModelAndPeople => "part",
        }
    }

    /// As <https://schema.org/IPTCDigitalSourceEnumeration> calls it, after IPTC's Digital Source Type
    /// (<https://cv.iptc.org/newscodes/digitalsourcetype/>): `trainedAlgorithmicMedia` and
    /// `compositeWithTrainedAlgorithmicMedia`.
    pub(super) const fn address(self) -> &'static str {
        match self {
            Self::Model => "https://schema.org/TrainedAlgorithmicMediaDigitalSource",
            Self::ModelAndPeople => {
                "https://schema.org/CompositeWithTrainedAlgorithmicMediaDigitalSource"
            }
        }
    }
}
