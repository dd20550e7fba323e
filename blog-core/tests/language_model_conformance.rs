//! The scripted model passes the kit.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use blog_core::ErrorKind;
use blog_core::conformance::{Fixture, LanguageModelFixture, Setup, Waiver};
use blog_core::memory::{ScriptedModel, ScriptedReply};
use blog_core::ports::LanguageModel;

struct Scripted;

#[derive(Clone)]
struct Place {
    model: ScriptedModel,
    replies: Arc<Mutex<VecDeque<ScriptedReply>>>,
}

impl Fixture for Scripted {
    const NAME: &'static str = "scripted";
    type Port = dyn LanguageModel;
    type Place = Place;

    async fn place(&self) -> Setup<Place> {
        let replies = Arc::<Mutex<VecDeque<ScriptedReply>>>::default();
        let script = Arc::clone(&replies);
        let model = ScriptedModel::replying(move |_| {
            let next = script.lock().ok().and_then(|mut script| script.pop_front());
            next.unwrap_or(ScriptedReply::Fail(ErrorKind::Internal))
        });
        Ok(Place { model, replies })
    }

    async fn open(&self, place: &Place) -> Setup<Arc<dyn LanguageModel>> {
        Ok(Arc::new(place.model.clone()))
    }

    fn waivers(&self) -> &'static [Waiver] {
        &[Waiver {
            case: "errors::the_key_is_nowhere_to_be_seen",
            reason: "memory needs no key",
        }]
    }
}

impl LanguageModelFixture for Scripted {
    async fn script(&self, place: &Place, replies: Vec<ScriptedReply>) -> Setup<()> {
        if let Ok(mut script) = place.replies.lock() {
            *script = replies.into();
        }
        Ok(())
    }

    async fn open_calls(&self, place: &Place) -> Setup<usize> {
        Ok(place.model.open_calls())
    }
}

blog_core::language_model_conformance!(Scripted);
