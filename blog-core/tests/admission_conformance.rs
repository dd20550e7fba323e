//! Admission in memory passes the kit.

use std::sync::Arc;

use blog_core::conformance::{AdmissionFixture, Fixture, Setup, Waiver};
use blog_core::domain::{Actor, AuthorId};
use blog_core::memory::MemoryAdmission;
use blog_core::ports::Admission;

struct Memory;

impl Fixture for Memory {
    const NAME: &'static str = "memory";
    type Port = dyn Admission;
    type Place = MemoryAdmission;

    async fn place(&self) -> Setup<MemoryAdmission> {
        Ok(MemoryAdmission::default())
    }

    async fn open(&self, place: &MemoryAdmission) -> Setup<Arc<dyn Admission>> {
        Ok(Arc::new(place.clone()))
    }

    fn waivers(&self) -> &'static [Waiver] {
        &[Waiver {
            case: "faults::where_nothing_is_known_the_answer_is_neither_yes_nor_no",
            reason: "memory is never away",
        }]
    }
}

impl AdmissionFixture for Memory {
    async fn change(&self, place: &MemoryAdmission, user: Actor) -> Setup<()> {
        place.change(user);
        Ok(())
    }

    async fn dismiss(&self, place: &MemoryAdmission, user: &AuthorId) -> Setup<()> {
        place.dismiss(user);
        Ok(())
    }
}

blog_core::admission_conformance!(Memory);
