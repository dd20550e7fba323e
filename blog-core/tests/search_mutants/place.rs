use std::sync::{Arc, Mutex};

use blog_core::conformance::{Fixture, Setup};
use blog_core::ports::SearchIndex;

use crate::broken::Broken;
use crate::fault::Fault;
use crate::home::Home;

/// The in-memory index, with stems, phrases and typos, and with at most one fault.
#[derive(Debug)]
pub(crate) struct Mutant(pub(crate) Option<Fault>);

impl Fixture for Mutant {
    const NAME: &'static str = "mutant";
    type Port = dyn SearchIndex;
    type Place = Arc<Mutex<Home>>;

    async fn place(&self) -> Setup<Self::Place> {
        Ok(Arc::default())
    }

    async fn open(&self, place: &Self::Place) -> Setup<Arc<dyn SearchIndex>> {
        let home = Arc::clone(place);
        Ok(Arc::new(Broken {
            home,
            fault: self.0,
        }))
    }

    async fn crash(&self, place: &Self::Place) -> Setup<()> {
        place.lock().unwrap().crash(self.0);
        Ok(())
    }
}
