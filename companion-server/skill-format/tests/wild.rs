//! Skills as they lie about in public collections: each ends accepted, repaired or refused for one named reason, and the
//! same way every time. What would be uploaded goes through an archive and the upload rules once more.

use proptest::prelude::*;
use skill_format::{File, RelativePath, SkillFolder, Verdict, archive, folder_digest, preflight};

type Files<'a> = &'a [(&'a str, &'a [u8])];

/// How a skill ends: `ok`, the kinds of repair, or the code of the refusal.
fn end(folder_name: &str, files: Files<'_>) -> String {
    let source = folder(files);
    let verdict = preflight::check(folder_name, &source);
    assert_eq!(verdict, preflight::check(folder_name, &source), "two runs agree");
    match verdict {
        Verdict::Refused(refusal) => refusal.reason.code().to_owned(),
        Verdict::Accepted(accepted) => {
            strict(&accepted.name, &accepted.bundle(&source));
            let kinds: Vec<String> = accepted.repairs.iter().map(|repair| format!("{:?}", repair.kind)).collect();
            if kinds.is_empty() { "ok".to_owned() } else { kinds.join(" ") }
        }
    }
}

/// The bundle as it would arrive: through an archive and back it is the same folder and needs no repair.
fn strict(name: &str, bundle: &SkillFolder) {
    let arrived = archive::read(&archive::write(name, bundle), &archive::Limits::default()).expect("our own archive");
    assert_eq!(folder_digest(&arrived.folder), folder_digest(bundle));
    assert_eq!(arrived.top_folder.as_deref(), Some(name));
    let Verdict::Accepted(again) = preflight::check(name, &arrived.folder) else { panic!("refused after repair") };
    assert!(again.repairs.is_empty(), "{:?}", again.repairs);
}

fn folder(files: Files<'_>) -> SkillFolder {
    let file = |(name, content): &(&str, &[u8])| {
        (RelativePath::try_from(*name).expect("test path"), File { executable: false, content: content.to_vec() })
    };
    SkillFolder { files: files.iter().map(file).collect() }
}

fn skill_md(text: &str) -> String {
    end("my-skill", &[("SKILL.md", text.as_bytes())])
}

#[test]
fn front_matter() {
    let head = "---\nname: my-skill\ndescription: d\n";
    let with = |line: &str| format!("{head}{line}\n---\nbody\n");
    let cases = [
        (format!("{head}---\n"), "ok"),
        ("\u{feff}---\nname: my-skill\ndescription: d\n---\n".to_owned(), "ByteOrderMarkRemoved"),
        (with("\u{feff}license: MIT"), "ByteOrderMarkRemoved"),
        (with("..."), "ok"),
        (format!("---\n--- # again\n{}---\n", &head[4..]), "FRONT_MATTER_NOT_A_MAPPING"),
        ("---\r\nname: my-skill\ndescription: d\r\n---\nbody".to_owned(), "LineEndsNormalised"),
        ("---\rname: my-skill\rdescription: d\r---\rbody".to_owned(), "LineEndsNormalised"),
        (format!("\n{head}---\n"), "FencesTidied"),
        (format!("# Title\n{head}---\n"), "FRONT_MATTER_MISSING"),
        (format!("```yaml\n{head}---\n```\n"), "FRONT_MATTER_MISSING"),
        (head.to_owned(), "FRONT_MATTER_UNCLOSED"),
        ("Just prose.\n".to_owned(), "FRONT_MATTER_MISSING"),
        (String::new(), "FRONT_MATTER_MISSING"),
        ("---\nname: my-skill\ndescription: Use when: x\nversion: 1.10\n---\n".to_owned(), "ValueQuoted KeysMoved"),
        ("---\nname: my-skill\ndescription: Triggers:\n---\n".to_owned(), "ValueQuoted"),
        ("---\nname: my-skill\ndescription: \"open\n---\n".to_owned(), "YAML_MALFORMED"),
        ("---\nname: my-skill\ndescription: @handle\n---\n".to_owned(), "YAML_MALFORMED"),
        ("---\nname: my-skill\ndescription: \"a\" b\n---\n".to_owned(), "YAML_MALFORMED"),
        (with("? [a, b]\n: c"), "YAML_KEY_NOT_TEXT"),
        (with("metadata: null"), "ok"),
        (with("metadata: null\nversion: 1"), "KeysMoved"),
        (with("metadata: some text"), "ok"),
        (with("metadata: some text\nversion: 1"), "METADATA_NOT_A_MAPPING"),
        (with("user-invocable: true\nargument-hint: [file]\nhooks:\n  a:\n    - b: c"), "KeysMoved"),
        (with("key: &a [x]\nother: *a"), "YAML_ALIAS"),
        (with("<<: {a: b}"), "KeysMoved"),
        (with("key: !!python/object/apply:os.system [id]"), "YAML_TAG"),
        (with("description: again"), "YAML_DUPLICATE_KEY"),
        (with("key:\n\t- tab"), "YAML_MALFORMED"),
        (with("license: |\n  MIT\n  --- not a fence\n  more"), "ok"),
        (with("license: |\n  MIT\n---\n  more"), "ok"),
        (with("日本: 語"), "KeysMoved"),
        (with("\"\": empty"), "KeysMoved"),
        (with(&format!("deep: {}", "[".repeat(20_000))), "YAML_MALFORMED"),
        (with(&format!("deep: {}{}", "[".repeat(40), "]".repeat(40))), "YAML_MALFORMED"),
        ("---\nname: my-skill\ndescription: >-\n  folded\n  text\n---\n".to_owned(), "ok"),
        ("---\n{name: my-skill, description: d}\n---\n".to_owned(), "ok"),
        ("---\nname: My Skill\ndescription: d\n---\n".to_owned(), "NAME_CHARACTERS"),
        ("---\nname: 🦀\ndescription: d\n---\n".to_owned(), "NAME_CHARACTERS"),
        ("---\nname: \u{202e}abc\ndescription: d\n---\n".to_owned(), "NAME_CHARACTERS"),
        ("---\nname: مهارة\ndescription: d\n---\n".to_owned(), "NAME_CHARACTERS"),
        ("---\nname: yes\ndescription: d\n---\n".to_owned(), "NAME_NOT_TEXT"),
        ("---\nname: \"yes\"\ndescription: d\n---\n".to_owned(), "FolderRenamed"),
        ("---\nname: my-skill\ndescription: 日本語 🦀 עברית\n---\n".to_owned(), "ok"),
    ];
    for (text, expected) in cases {
        assert_eq!(skill_md(&text), expected, "{}", text.chars().take(120).collect::<String>());
    }
}

#[test]
fn folders() {
    let good: &[u8] = b"---\nname: my-skill\ndescription: d\n---\n";
    let cases: [(Files<'_>, &str); 7] = [
        (&[("SKILL.MD", good)], "FileRenamed"),
        (&[("Skill.md", good), ("日本語/ファイル.md", b"x")], "FileRenamed"),
        (&[("SKILL.md", good), (".env", b"KEY=1")], "ok"),
        (&[("SKILL.md", good), ("Readme.md", b""), ("README.md", b"")], "NAMES_COLLIDE"),
        (&[("SKILL.md", good), ("a", b""), ("a/b", b"")], "NAMES_COLLIDE"),
        (&[("SKILL.md", good), ("examples/skill.md", good)], "SKILL_MD_NESTED"),
        (&[("readme.md", good)], "SKILL_MD_MISSING"),
    ];
    for (files, expected) in cases {
        assert_eq!(end("my-skill", files), expected, "{files:?}");
    }
    assert_eq!(end("v2 of My Skill", &[("SKILL.md", good)]), "FolderRenamed");
    let twins: Files<'_> = &[("SKILL.md", good), ("\u{e4}.md", b""), ("a\u{308}.md", b"")];
    let expected = if cfg!(feature = "unicode") { "NAMES_COLLIDE" } else { "ok" };
    assert_eq!(end("my-skill", twins), expected);
}

#[test]
fn billion_laughs_ends_at_the_first_anchor() {
    let mut yaml = "---\nname: my-skill\ndescription: d\na0: &a0 [lol, lol]\n".to_owned();
    for level in 1..30 {
        yaml.push_str(&format!("a{level}: &a{level} [*a{}, *a{}]\n", level - 1, level - 1));
    }
    yaml.push_str("---\n");
    assert_eq!(skill_md(&yaml), "YAML_ALIAS");
}

/// Pieces that front matter is made of, whole and broken, so that they meet in every order.
fn piece() -> impl Strategy<Value = String> {
    let fixed = [
        "---",
        "\n",
        "\n",
        "\r\n",
        "\r",
        "\u{feff}",
        " ",
        "\t",
        ": ",
        ":",
        "- ",
        "#",
        "[",
        "]",
        "{",
        "}",
        "\"",
        "'",
        "|",
        ">-",
        "&a",
        "*a",
        "!!t",
        "? ",
        "name: my-skill\n",
        "description: d\n",
        "metadata:\n  ",
        "version: 1.10\n",
        "~",
        "null",
        "\u{85}",
        "\u{2028}",
        "\u{0}",
        "é",
        "🦀",
        "%YAML 1.2\n",
        "...",
        "\\",
        "@",
        "`",
        ",",
    ];
    prop_oneof![proptest::sample::select(fixed.to_vec()).prop_map(str::to_owned), "[ -~]{1,6}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn anything_ends_and_what_is_accepted_is_strict(
        pieces in proptest::collection::vec(piece(), 0..24),
        framed in any::<bool>(),
    ) {
        let text = pieces.concat();
        let text = if framed { format!("---\nname: my-skill\ndescription: d\n{text}\n---\n{text}") } else { text };
        end("my-skill", &[("SKILL.md", text.as_bytes())]);
    }
}
