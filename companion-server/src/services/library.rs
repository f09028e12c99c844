//! The skill file of a connected service is also a skill of the library, so that it can go to claude.ai.

use super::Services;
use super::registry::ServiceEntry;
use crate::domain::authoring::{self, Draft};
use crate::store::{NewSkill, SharedStore, SkillChange, SkillWrite, StoreResult};
use crate::time::Timestamp;

/// What the skill of a service is called: `sc_po.md` becomes `sc-po`.
pub fn skill_name(service: &ServiceEntry) -> String {
    let stem = service.skill_file.strip_suffix(".md").unwrap_or(&service.skill_file);
    stem.to_ascii_lowercase().replace('_', "-")
}

/// Puts the skill of a service into the library, unless it is there already and says the same.
///
/// # Errors
///
/// The database. That the library does not take it, as when claude.ai would not, is logged.
pub async fn keep(store: &SharedStore, service: &ServiceEntry, now: Timestamp) -> StoreResult<()> {
    let name = skill_name(service);
    let written = match store.skill_detail(&name).await? {
        Some(_) => return update(store, service, now).await,
        None => {
            let draft = Draft {
                name: name.clone(),
                description: service.description.clone(),
                content_md: Some(text(service)),
                extra_frontmatter: None,
            };
            store.create_skill(NewSkill { slug: name.clone(), draft, collections: Vec::new() }, now).await?
        }
    };
    said(&name, &written);
    Ok(())
}

/// Brings the skills of all services up to date that are in the library.
///
/// # Errors
///
/// The database.
pub async fn refresh(services: &Services, store: &SharedStore, now: Timestamp) -> StoreResult<()> {
    for service in &services.registry().services {
        update(store, service, now).await?;
    }
    Ok(())
}

async fn update(store: &SharedStore, service: &ServiceEntry, now: Timestamp) -> StoreResult<()> {
    let name = skill_name(service);
    let Some(kept) = store.skill_detail(&name).await? else { return Ok(()) };
    if kept.content_md.trim() == text(service).trim() && kept.description == service.description {
        return Ok(());
    }
    let (description, content_md) = (Some(service.description.clone()), Some(text(service)));
    let change = SkillChange { description, content_md, ..SkillChange::default() };
    said(&name, &store.change_skill(&name, change, now).await?);
    Ok(())
}

/// The file without its own front matter: a skill has one of its own.
fn text(service: &ServiceEntry) -> String {
    authoring::read(service.skill_text.as_bytes()).content_md
}

fn said(name: &str, written: &SkillWrite) {
    if !matches!(written, SkillWrite::Kept(_)) {
        tracing::warn!(name, ?written, "the skill of a service could not be put into the library");
    }
}
