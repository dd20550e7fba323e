use std::sync::Arc;

use super::{Actor, AdmissionFixture, DOCUMENT, Role, Verdict, World, expect, succeed, user};

pub(super) async fn an_actor_is_who_they_are_by_now<F: AdmissionFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let admission = world.open().await?;
    // An answer may have no more roles than they came in with.
    let came_in_as = user("ada", Role::Admin);
    for role in [Role::Reader, Role::Editor, Role::Admin, Role::Contributor] {
        let by_now = Actor::user("ada", format!("Ada, {role:?}"), role);
        world.change(by_now.clone()).await?;
        let answer = succeed(1, admission.admit(&came_in_as, DOCUMENT).await)?;
        expect(1, answer, Some(by_now))?;
    }
    Ok(())
}

pub(super) async fn who_is_dismissed_is_let_in_no_more_until_they_are_back<F: AdmissionFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let admission = world.open().await?;
    let ada = user("ada", Role::Author);
    for _ in 0..2 {
        world.change(ada.clone()).await?;
        let answer = succeed(1, admission.admit(&ada, DOCUMENT).await)?;
        expect(1, answer, Some(ada.clone()))?;
        world.dismiss(&ada.id).await?;
        let answer = succeed(1, admission.admit(&ada, DOCUMENT).await)?;
        expect(1, answer, None)?;
    }
    Ok(())
}

pub(super) async fn what_changes_is_seen_on_every_node<F: AdmissionFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    let ada = user("ada", Role::Author);
    world.change(ada.clone()).await?;
    for node in &nodes {
        let answer = succeed(1, node.admit(&ada, DOCUMENT).await)?;
        expect(1, answer, Some(ada.clone()))?;
    }
    world.dismiss(&ada.id).await?;
    for node in &nodes {
        expect(1, succeed(1, node.admit(&ada, DOCUMENT).await)?, None)?;
    }
    Ok(())
}

pub(super) async fn an_answer_is_of_the_actor_that_was_asked_about<F: AdmissionFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let admission = world.open().await?;
    // Alike to whoever folds the case or trims.
    let alike = ["ada", "Ada", "ada ", "ádá"].map(|id| user(id, Role::Author));
    for actor in &alike {
        world.change(actor.clone()).await?;
    }
    for actor in alike {
        let answer = succeed(2, admission.admit(&actor, DOCUMENT).await)?;
        expect(2, answer.map(|answer| answer.id), Some(actor.id))?;
    }
    Ok(())
}

pub(super) async fn what_changes_for_one_changes_for_no_other<F: AdmissionFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let admission = world.open().await?;
    let [ada, ben] = ["ada", "ben"].map(|id| user(id, Role::Author));
    for actor in [&ada, &ben] {
        world.change(actor.clone()).await?;
    }
    world.change(user("ada", Role::Editor)).await?;
    let answer = succeed(3, admission.admit(&ben, DOCUMENT).await)?;
    expect(3, answer, Some(ben.clone()))?;
    world.dismiss(&ada.id).await?;
    let answer = succeed(3, admission.admit(&ben, DOCUMENT).await)?;
    expect(3, answer, Some(ben))
}

pub(super) async fn of_many_asked_about_at_once_each_gets_their_own_answer<F: AdmissionFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let admission = world.open().await?;
    let actors: Vec<_> = (0..20)
        .map(|number| user(&format!("user {number}"), Role::Author))
        .collect();
    for (number, actor) in actors.iter().enumerate() {
        world.change(actor.clone()).await?;
        if number % 3 == 0 {
            world.dismiss(&actor.id).await?;
        }
    }
    let asking = actors.iter().cloned().map(|actor| {
        let admission = Arc::clone(&admission);
        tokio::spawn(async move { admission.admit(&actor, DOCUMENT).await })
    });
    // All of them have been asked before the first answer is looked at.
    let asking: Vec<_> = asking.collect();
    for ((number, actor), answer) in actors.into_iter().enumerate().zip(asking) {
        let expected = (number % 3 != 0).then_some(actor);
        expect(3, succeed(3, answer.await?)?, expected)?;
    }
    Ok(())
}
