//! Whether everything is in step, and if not, what needs a person.

use companion_wire::conflicts::Conflict;
use companion_wire::held_batch::HeldBatch;
use companion_wire::integration::{Integration, IntegrationStatus};
use companion_wire::library::{LibraryFollowing, LibraryStanding, SkillState};
use serde::Serialize;

use super::print::counted;

/// What the server says, taken together.
#[derive(Debug)]
pub struct Facts {
    /// The library.
    pub library: LibraryStanding,
    /// Paired browsers.
    pub browsers: Vec<Integration>,
    /// Skills that changed on both sides.
    pub conflicts: Vec<Conflict>,
    /// Mass changes that wait.
    pub held: Vec<HeldBatch>,
    /// Operations that wait or are being done.
    pub waiting: u64,
}

/// One thing that needs a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Need {
    /// A stable code.
    pub code: &'static str,
    /// What is the matter.
    pub sentence: String,
    /// What to do about it.
    pub action: String,
}

/// The answer of `status --json`. Members are added, never renamed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Nothing waits and nothing needs a person.
    pub in_step: bool,
    /// What needs a person, the gravest first.
    pub attention: Vec<Need>,
    /// Live skills.
    pub skills: u64,
    /// Skills that some account has in the newest version, with nothing under way.
    pub skills_in_step: u64,
    /// Folders of the library that are not taken.
    pub refused: u64,
    /// Browsers that are paired.
    pub browsers: u64,
    /// Operations that wait or are being done.
    pub waiting: u64,
    /// Operations that have failed for good.
    pub failed: u64,
    /// Skills that changed on both sides.
    pub conflicts: u64,
    /// Mass changes that wait for a person.
    pub held: u64,
}

/// Whether a browser takes part.
pub fn is_paired(browser: &Integration) -> bool {
    browser.status != IntegrationStatus::Disconnected
}

/// Decides.
pub fn standing(facts: &Facts) -> Standing {
    let paired: Vec<&Integration> = facts.browsers.iter().filter(|browser| is_paired(browser)).collect();
    let failed = paired.iter().map(|browser| browser.failed_op_count).sum();
    let attention = needs(facts, &paired, failed);
    let in_step = facts.library.skills.iter().filter(|skill| skill.state == SkillState::InStep).count();
    Standing {
        in_step: attention.is_empty() && facts.waiting == 0,
        skills: facts.library.skills.len() as u64,
        skills_in_step: in_step as u64,
        refused: facts.library.refused.len() as u64,
        browsers: paired.len() as u64,
        waiting: facts.waiting,
        failed,
        conflicts: facts.conflicts.len() as u64,
        held: facts.held.len() as u64,
        attention,
    }
}

fn needs(facts: &Facts, paired: &[&Integration], failed: u64) -> Vec<Need> {
    let mut needs = Vec::new();
    let mut need =
        |code, sentence: String, action: &str| needs.push(Need { code, sentence, action: action.to_owned() });
    match facts.library.following {
        LibraryFollowing::RootMissing => need(
            "LIBRARY_MISSING",
            format!("The library folder {} cannot be read.", facts.library.root.clone().unwrap_or_default()),
            "Bring it back; nothing is removed until then.",
        ),
        LibraryFollowing::Held => need(
            "LIBRARY_HELD",
            "Many skills vanished from the library folder at once.".to_owned(),
            "Decide on the dashboard whether they may be removed.",
        ),
        LibraryFollowing::None | LibraryFollowing::Starting | LibraryFollowing::Watching => {}
    }
    if let Some(problem) = &facts.library.problem {
        need("LIBRARY_PROBLEM", problem.clone(), "It is tried again by itself; see the server's log.");
    }
    let held = facts.held.len() as u64;
    if held > 0 {
        let sentence = format!("{} of many skills for your decision.", waits(held, "change"));
        need("HELD_BATCHES", sentence, "Agree or refuse on the dashboard.");
    }
    for browser in paired {
        let label = browser.browser_label.clone().unwrap_or_else(|| browser.id.to_string());
        match browser.status {
            IntegrationStatus::CookieExpired => need(
                "SIGNED_OUT",
                format!("{label} is not signed in to claude.ai."),
                "Sign in there; its work goes on by itself.",
            ),
            IntegrationStatus::Error => need(
                "BROWSER_ERROR",
                format!("{label}: {}", browser.last_error.clone().unwrap_or_default()),
                "Open the extension there.",
            ),
            IntegrationStatus::PendingApproval | IntegrationStatus::Active | IntegrationStatus::Disconnected => {}
        }
    }
    if failed > 0 {
        need(
            "FAILED",
            format!("{} failed.", counted(failed, "operation")),
            "Look at the reason on the dashboard, and retry.",
        );
    }
    let conflicts = facts.conflicts.len() as u64;
    if conflicts > 0 {
        let sentence = format!("{} changed on both sides.", counted(conflicts, "skill"));
        need("CONFLICTS", sentence, "Decide with `skillferry conflicts`.");
    }
    let refused = facts.library.refused.len() as u64;
    if refused > 0 {
        let sentence = format!("{} of the library cannot be taken.", counted(refused, "folder"));
        need("REFUSED", sentence, "`skillferry skills` says why.");
    }
    if paired.is_empty() {
        need("NO_BROWSER", "No browser is paired.".to_owned(), "Open the extension and enter the server's address.");
    }
    needs
}

fn waits(count: u64, one: &str) -> String {
    if count == 1 { format!("1 {one} waits") } else { format!("{count} {one}s wait") }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn browser(status: IntegrationStatus, failed_op_count: u64) -> Integration {
        Integration {
            id: Uuid::nil(),
            browser_label: Some("Laptop".to_owned()),
            status,
            scope: "personal".to_owned(),
            claude_ai_org_id: None,
            last_sync_at: None,
            last_error: None,
            conflict_policy: "ask".to_owned(),
            pending_op_count: 0,
            failed_op_count,
            linked_skill_count: 0,
        }
    }

    fn facts(browsers: Vec<Integration>) -> Facts {
        let library = LibraryStanding {
            following: LibraryFollowing::Watching,
            root: None,
            problem: None,
            skills: Vec::new(),
            refused: Vec::new(),
        };
        Facts { library, browsers, conflicts: Vec::new(), held: Vec::new(), waiting: 0 }
    }

    fn codes(facts: &Facts) -> Vec<&'static str> {
        standing(facts).attention.iter().map(|need| need.code).collect()
    }

    #[test]
    fn what_needs_a_person() {
        use IntegrationStatus::{Active, CookieExpired, Disconnected, Error};
        assert!(standing(&facts(vec![browser(Active, 0)])).in_step);
        let waiting = Facts { waiting: 3, ..facts(vec![browser(Active, 0)]) };
        assert!(!standing(&waiting).in_step && codes(&waiting).is_empty(), "under way needs nobody");
        assert_eq!(codes(&facts(Vec::new())), ["NO_BROWSER"]);
        assert_eq!(codes(&facts(vec![browser(Disconnected, 5)])), ["NO_BROWSER"], "what is over counts no more");
        let troubled = vec![browser(CookieExpired, 1), browser(Error, 1), browser(Active, 0)];
        assert_eq!(codes(&facts(troubled)), ["SIGNED_OUT", "BROWSER_ERROR", "FAILED"]);
        let mut missing = facts(vec![browser(Active, 0)]);
        missing.library.following = LibraryFollowing::RootMissing;
        assert_eq!(codes(&missing), ["LIBRARY_MISSING"]);
    }
}
