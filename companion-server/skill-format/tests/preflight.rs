//! The upload rules as a table, repairs included, and the properties that must hold for any input.

use proptest::prelude::*;
use skill_format::{File, RefusalReason, RelativePath, RepairKind, SkillFolder, Verdict, preflight};

fn path(text: &str) -> RelativePath {
    RelativePath::try_from(text).expect("test path")
}

fn file(content: impl Into<Vec<u8>>) -> File {
    File { executable: false, content: content.into() }
}

fn folder(files: &[(&str, &str)]) -> SkillFolder {
    SkillFolder { files: files.iter().map(|(name, content)| (path(name), file(*content))).collect() }
}

fn check(skill_md: &str) -> Verdict {
    preflight::check("my-skill", &folder(&[("SKILL.md", skill_md)]))
}

fn refused(verdict: Verdict) -> RefusalReason {
    match verdict {
        Verdict::Refused(refusal) => refusal.reason,
        Verdict::Accepted(accepted) => panic!("accepted: {accepted:?}"),
    }
}

/// The repaired text and the kinds of repair; also checks that the repaired skill needs no further repair.
fn repaired(folder_name: &str, source: &SkillFolder) -> (String, Vec<RepairKind>) {
    let Verdict::Accepted(accepted) = preflight::check(folder_name, source) else { panic!("refused") };
    let bundle = accepted.bundle(source);
    let Verdict::Accepted(again) = preflight::check(&accepted.name, &bundle) else { panic!("refused after repair") };
    assert_eq!(again.repairs, [], "a repaired skill needs no repair");
    assert_eq!((&again.name, &again.description), (&accepted.name, &accepted.description));
    let text = String::from_utf8(bundle.files[&path("SKILL.md")].content.clone()).expect("utf-8");
    (text, accepted.repairs.iter().map(|repair| repair.kind).collect())
}

const GOOD: &str = "---\nname: my-skill\ndescription: Does a thing.\n---\n# Body\n";

#[test]
fn a_good_skill_is_taken_as_it_is() {
    let Verdict::Accepted(accepted) = check(GOOD) else { panic!() };
    assert_eq!((accepted.name.as_str(), accepted.description.as_str()), ("my-skill", "Does a thing."));
    assert!(accepted.repairs.is_empty() && accepted.replaced.is_empty() && accepted.removed.is_empty());
}

#[test]
fn every_reason_has_its_case() {
    let with_name = |name: &str| format!("---\nname: {name}\ndescription: d\n---\n");
    let with_description = |text: &str| format!("---\nname: my-skill\ndescription: {text}\n---\n");
    let cases = [
        ("# no front matter\n".to_owned(), RefusalReason::FrontMatterMissing),
        ("text before\n---\nname: a\n---\n".to_owned(), RefusalReason::FrontMatterMissing),
        ("---\nname: a\n".to_owned(), RefusalReason::FrontMatterUnclosed),
        ("---\nname: [a\n---\n".to_owned(), RefusalReason::YamlMalformed),
        ("---\nname: a\n\tb: c\n---\n".to_owned(), RefusalReason::YamlMalformed),
        ("---\nname: &a x\ndescription: *a\n---\n".to_owned(), RefusalReason::YamlAlias),
        ("---\nname: !!python/object x\n---\n".to_owned(), RefusalReason::YamlTag),
        ("---\nname: a\nname: b\n---\n".to_owned(), RefusalReason::YamlDuplicateKey),
        ("---\n? [a]\n: b\n---\n".to_owned(), RefusalReason::YamlKeyNotText),
        ("---\n- a\n---\n".to_owned(), RefusalReason::FrontMatterNotAMapping),
        ("---\nname: 2048\ndescription: d\n---\n".to_owned(), RefusalReason::NameNotText),
        ("---\nname: [a]\ndescription: d\n---\n".to_owned(), RefusalReason::NameNotText),
        (with_name(&"a".repeat(65)), RefusalReason::NameTooLong),
        (with_name("My-Skill"), RefusalReason::NameCharacters),
        (with_name("my_skill"), RefusalReason::NameCharacters),
        (with_name("émoji"), RefusalReason::NameCharacters),
        (with_name("my--skill"), RefusalReason::NameHyphens),
        (with_name("my-skill-"), RefusalReason::NameHyphens),
        (with_name("my-claude-skill"), RefusalReason::NameReserved),
        (with_name("anthropic-x"), RefusalReason::NameReserved),
        (with_name("con"), RefusalReason::NameReserved),
        ("---\nname: my-skill\n---\n".to_owned(), RefusalReason::DescriptionMissing),
        (with_description("\"  \""), RefusalReason::DescriptionMissing),
        (with_description("{a: b}"), RefusalReason::DescriptionNotText),
        (with_description("true"), RefusalReason::DescriptionNotText),
        (with_description(&"é".repeat(1025)), RefusalReason::DescriptionTooLong),
        (with_description("Use <b>this</b>"), RefusalReason::DescriptionTag),
        (
            "---\nname: my-skill\ndescription: d\nmetadata: text\nversion: 1\n---\n".to_owned(),
            RefusalReason::MetadataNotAMapping,
        ),
    ];
    for (skill_md, reason) in cases {
        assert_eq!(refused(check(&skill_md)), reason, "{skill_md}");
    }
    // 1,024 characters of two bytes each are allowed, and so is a comparison.
    assert!(matches!(check(&with_description(&"é".repeat(1024))), Verdict::Accepted(_)));
    assert!(matches!(check(&with_description("when a < b and c > d")), Verdict::Accepted(_)));
}

#[test]
fn a_missing_name_is_the_folders_if_that_is_legal() {
    for skill_md in
        ["---\ndescription: d\n---\nx", "---\nname:\ndescription: d\n---\nx", "---\nname: ' '\ndescription: d\n---\nx"]
    {
        let source = folder(&[("SKILL.md", skill_md)]);
        let expected = "---\nname: my-skill\ndescription: \"d\"\n---\nx".to_owned();
        assert_eq!(repaired("my-skill", &source), (expected, vec![RepairKind::NameFromFolder]));
        for illegal in ["My Skill", "", "claude-x", "con", &"a".repeat(65)] {
            assert_eq!(refused(preflight::check(illegal, &source)), RefusalReason::NameMissing, "{illegal}");
        }
    }
    // A name that reads as a number gets its quotes.
    let source = folder(&[("SKILL.md", "---\ndescription: d\n---\n")]);
    assert_eq!(repaired("2048", &source).0, "---\nname: \"2048\"\ndescription: \"d\"\n---\n");
}

#[test]
fn the_shape_of_the_folder() {
    let verdict = |files: &[(&str, &str)]| refused(preflight::check("my-skill", &folder(files)));
    assert_eq!(verdict(&[("README.md", "")]), RefusalReason::SkillMdMissing);
    assert_eq!(verdict(&[("sub/SKILL.md", GOOD)]), RefusalReason::SkillMdMissing);
    assert_eq!(verdict(&[("SKILL.md", GOOD), ("skill.md", GOOD)]), RefusalReason::SkillMdTwice);
    assert_eq!(verdict(&[("SKILL.md", GOOD), ("sub/skill.md", GOOD)]), RefusalReason::SkillMdNested);
    assert_eq!(verdict(&[("SKILL.md", GOOD), (".claude-plugin/plugin.json", "{}")]), RefusalReason::PluginManifest);
    assert_eq!(verdict(&[("SKILL.md", GOOD), ("a.txt", ""), ("A.TXT", "")]), RefusalReason::NamesCollide);
    let mut many = folder(&[("SKILL.md", GOOD)]);
    for number in 0..199 {
        many.files.insert(path(&format!("{number}.txt")), file(""));
    }
    assert!(matches!(preflight::check("my-skill", &many), Verdict::Accepted(_)));
    many.files.insert(path("one-more.txt"), file(""));
    assert_eq!(refused(preflight::check("my-skill", &many)), RefusalReason::TooManyFiles);
    let mut large = folder(&[("SKILL.md", GOOD)]);
    large.files.insert(path("large.bin"), file(vec![0; 30_000_000 - GOOD.len()]));
    assert!(matches!(preflight::check("my-skill", &large), Verdict::Accepted(_)));
    large.files.insert(path("one-byte.bin"), file("x"));
    assert_eq!(refused(preflight::check("my-skill", &large)), RefusalReason::TooLarge);
}

#[test]
fn mechanical_repairs() {
    let one = |skill_md: &str| repaired("my-skill", &folder(&[("SKILL.md", skill_md)]));
    assert_eq!(
        one("\u{feff}---\r\nname: my-skill\r\ndescription: d\r\n---\r\nbody\r\nmore\n"),
        (
            "---\nname: my-skill\ndescription: \"d\"\n---\nbody\r\nmore\n".to_owned(),
            vec![RepairKind::ByteOrderMarkRemoved, RepairKind::LineEndsNormalised]
        )
    );
    assert_eq!(
        one("---\nname: my-skill\ndescription: Use when: always\n  and ever\n---\nx").0,
        "---\nname: my-skill\ndescription: \"Use when: always and ever\"\n---\nx"
    );
    assert_eq!(
        one("---\nname: my-skill\ndescription: d\nversion: 1.10\ntags: [a, b]\nmetadata:\n  version: 2\n  yes: no\n---\n"),
        (
            "---\nname: my-skill\ndescription: \"d\"\nmetadata:\n  version: \"2\"\n  yes: \"no\"\n  version-2: \"1.10\"\n  tags: \"a, b\"\n---\n".to_owned(),
            vec![RepairKind::KeysMoved]
        )
    );
    assert_eq!(
        one("---\nname: my-skill\ndescription: |\n  two\n  lines\nmetadata: null\nallowed-tools: [Read, Write]\nmodel: opus\n---\n").0,
        "---\nname: my-skill\ndescription: \"two\\nlines\\n\"\nmetadata:\n  model: \"opus\"\nallowed-tools:\n  - \"Read\"\n  - \"Write\"\n---\n"
    );
    assert_eq!(
        one("\n \n---  \nname: my-skill\ndescription: d\n--- \nx"),
        ("---\nname: my-skill\ndescription: \"d\"\n---\nx".to_owned(), vec![RepairKind::FencesTidied])
    );
    let lower = folder(&[("skill.md", GOOD)]);
    assert_eq!(repaired("my-skill", &lower), (GOOD.to_owned(), vec![RepairKind::FileRenamed]));
    let other_name = folder(&[("SKILL.md", GOOD)]);
    assert_eq!(repaired("My Skill v2", &other_name), (GOOD.to_owned(), vec![RepairKind::FolderRenamed]));
}

#[test]
fn a_refusal_says_where_and_what_to_do() {
    let sentence = |skill_md: &str| match check(skill_md) {
        Verdict::Refused(refusal) => refusal.to_string(),
        Verdict::Accepted(accepted) => panic!("accepted: {accepted:?}"),
    };
    let malformed = sentence("\n---\nname: my-skill\ndescription: [d\n---\n");
    assert!(malformed.starts_with("The front matter of SKILL.md is not valid YAML (line 5, column "), "{malformed}");
    assert!(malformed.ends_with("Correct the line; quoting the value often helps."), "{malformed}");
    assert_eq!(
        sentence("---\nname: my-skill\nname: other\n---\n"),
        "A key stands twice in the front matter (line 3: name). Remove one of them."
    );
    assert!(sentence("---\nname: my-skill\ndescription: a <b>c</b>\n---\n").contains("(<b>)"));
    let not_utf8 = SkillFolder { files: [(path("SKILL.md"), file(b"---\nname: \xff\n---\n"))].into() };
    assert_eq!(refused(preflight::check("my-skill", &not_utf8)), RefusalReason::NotUtf8);
}

#[test]
fn codes_are_unique() {
    let codes: std::collections::BTreeSet<_> = RefusalReason::ALL.iter().map(|reason| reason.code()).collect();
    assert_eq!(codes.len(), RefusalReason::ALL.len());
}

fn front_matter_line() -> impl Strategy<Value = String> {
    prop_oneof![
        "(name|description|license|metadata|version|allowed-tools|tags): [ -~é]{0,40}",
        "  [a-z]{1,5}: [ -~]{0,20}",
        "  - [ -~]{0,10}",
        Just("---".to_owned()),
        "[ -~]{0,30}",
    ]
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let source = SkillFolder { files: [(path("SKILL.md"), file(bytes))].into() };
        let _ = preflight::check("x", &source);
    }

    #[test]
    fn what_is_accepted_stays_accepted_and_keeps_its_body(
        lines in proptest::collection::vec(front_matter_line(), 0..6),
        body in "[ -~\r\n]{0,60}",
        carriage in any::<bool>(),
    ) {
        let end = if carriage { "\r\n" } else { "\n" };
        let mut text = format!("---{end}name: my-skill{end}description: d: e{end}");
        for line in &lines {
            text.push_str(line);
            text.push_str(end);
        }
        text.push_str(&format!("---{end}{body}"));
        let source = folder(&[("SKILL.md", &text)]);
        if let Verdict::Accepted(accepted) = preflight::check("my-skill", &source) {
            let bundle = accepted.bundle(&source);
            let Verdict::Accepted(again) = preflight::check(&accepted.name, &bundle) else {
                panic!("refused after repair: {:?}", bundle);
            };
            prop_assert_eq!(&again.repairs, &vec![]);
            prop_assert_eq!((again.name, again.description), (accepted.name, accepted.description));
            let body_of = |folder: &SkillFolder| {
                let content = folder.files[&path("SKILL.md")].content.clone();
                skill_format::skill_md::split(&content).expect("split").body.to_owned()
            };
            prop_assert_eq!(body_of(&bundle), body_of(&source));
        }
    }
}
