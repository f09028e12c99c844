//! The zip of a skill that a browser brings from claude.ai.

use skill_format::archive::{self, ArchiveError, Limits};
use skill_format::{Digest, RelativePath, SkillFolder, folder_digest, repair, skill_md};

use super::naming;

/// Most bytes of the zip.
pub const LARGEST: usize = 5 * 1024 * 1024;
/// What may be in it.
const LIMITS: Limits = Limits { files: 500, bytes: 25 * 1024 * 1024, ratio: 100 };

/// A skill as claude.ai holds it. It is kept as it is: what stands there needs no repair.
#[derive(Debug, Clone)]
pub struct Inbound {
    /// The front matter's name.
    pub name: String,
    /// The name in addresses that follows from it.
    pub slug: String,
    /// The front matter's description.
    pub description: String,
    /// The whole folder.
    pub folder: SkillFolder,
    /// Its canonical digest.
    pub digest: Digest,
}

/// Why a zip is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InboundError {
    /// No bytes.
    #[error("The file is empty.")]
    Empty,
    /// Too many bytes.
    #[error("The file is larger than 5 MiB.")]
    TooLarge,
    /// No zip.
    #[error("The file is not a zip.")]
    NotAZip,
    /// Not the zip of one skill.
    #[error("The zip is not that of one skill: {0}.")]
    Invalid(String),
}

/// Reads it.
///
/// # Errors
///
/// The first thing that is wrong, in the order of [`InboundError`].
pub fn read(zip: &[u8]) -> Result<Inbound, InboundError> {
    match zip.len() {
        0 => return Err(InboundError::Empty),
        1..=LARGEST => {}
        _ => return Err(InboundError::TooLarge),
    }
    let archive = archive::read(zip, &LIMITS).map_err(|error| match error {
        ArchiveError::NotAZip => InboundError::NotAZip,
        other => InboundError::Invalid(other.to_string()),
    })?;
    let invalid = |reason: &str| InboundError::Invalid(reason.to_owned());
    let is_skill_md = |path: &&RelativePath| path.as_str().eq_ignore_ascii_case("skill.md");
    let path = archive.folder.files.keys().find(is_skill_md).ok_or_else(|| invalid("it has no SKILL.md"))?;
    let content = &archive.folder.files[path].content;
    let split = skill_md::split(content).map_err(|_| invalid("its SKILL.md has no front matter"))?;
    let (entries, _) = repair::read_front_matter(&split).map_err(|_| invalid("its front matter is no valid YAML"))?;
    let text = |key: &str| {
        let value = entries.iter().find(|(known, _)| known == key).and_then(|(_, value)| value.text());
        value.map(|text| text.trim().to_owned()).ok_or_else(|| invalid(&format!("its {key} is missing or no text")))
    };
    let (name, description) = (text("name")?, text("description")?);
    naming::skill_name(&name).map_err(|reason| invalid(&format!("name: {reason}")))?;
    naming::skill_description(&description).map_err(|reason| invalid(&format!("description: {reason}")))?;
    let slug = naming::slug_of(&name);
    naming::slug(&slug).map_err(|reason| invalid(&format!("name: {reason}")))?;
    let digest = folder_digest(&archive.folder);
    Ok(Inbound { name, slug, description, folder: archive.folder, digest })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use skill_format::File;

    use super::*;

    fn zip(skill_md: &str) -> Vec<u8> {
        let path = RelativePath::try_from("SKILL.md").expect("a path");
        let file = File { executable: false, content: skill_md.as_bytes().to_vec() };
        archive::write("notes", &SkillFolder { files: [(path, file)].into() })
    }

    #[test]
    fn what_claude_ai_holds_is_taken_as_it_is() {
        let inbound =
            read(&zip("---\r\nname: my_notes\r\ndescription: >-\r\n  d\r\nextra: 1\r\n---\r\nBody")).expect("taken");
        assert_eq!(
            (inbound.name.as_str(), inbound.slug.as_str(), inbound.description.as_str()),
            ("my_notes", "my-notes", "d")
        );
        assert_eq!(inbound.digest, folder_digest(&inbound.folder));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let refused = |bytes: &[u8]| read(bytes).expect_err("refused");
        assert_eq!(refused(b""), InboundError::Empty);
        assert_eq!(refused(b"no zip"), InboundError::NotAZip);
        assert_eq!(refused(&vec![0; LARGEST + 1]), InboundError::TooLarge);
        for skill_md in [
            "no front matter",
            "---\nname: [\n---\n",
            "---\n- a\n---\n",
            "---\nname: 5x\ndescription: [a]\n---\n",
            "---\nname: notes\n---\n",
            "---\nname: ../evil\ndescription: d\n---\n",
            "---\nname: ___\ndescription: d\n---\n",
            "---\nname: notes\ndescription: <b>x</b>\n---\n",
        ] {
            assert!(matches!(refused(&zip(skill_md)), InboundError::Invalid(_)), "{skill_md}");
        }
        let elsewhere = RelativePath::try_from("README.md").expect("a path");
        let folder = SkillFolder { files: [(elsewhere, File { executable: false, content: Vec::new() })].into() };
        assert!(matches!(refused(&archive::write("notes", &folder)), InboundError::Invalid(_)));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0usize..200) {
            let _ = read(&bytes);
            let mut broken = zip("---\nname: notes\ndescription: d\n---\nBody");
            let at = at % broken.len();
            broken.splice(at..at, bytes.iter().copied().take(3));
            let _ = read(&broken);
            let _ = read(&broken[..at]);
        }

        #[test]
        fn any_front_matter_is_read_or_refused(yaml in "\\PC{0,60}(\n\\PC{0,30}){0,2}") {
            if let Ok(inbound) = read(&zip(&format!("---\n{yaml}\n---\n"))) {
                prop_assert!(naming::skill_name(&inbound.name).is_ok());
            }
        }
    }
}
