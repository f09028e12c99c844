//! Golden JSON of the library as a whole and of imports. Programs in people's scripts read them, so a member that is renamed is a visible
//! difference.

use std::fmt::Debug;

use companion_wire::import::{
    ApplyImport, ImportApplied, ImportCandidate, ImportChoice, ImportCounts, ImportDetail, ImportEffect, ImportFile,
    ImportFileState, ImportFromPath, ImportOutcome, ImportPreview, ImportResult, ImportVerdict,
};
use companion_wire::library::{LibraryFollowing, LibraryStanding, RefusedFolder, SkillStanding, SkillState};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

#[track_caller]
fn golden<T: Serialize + DeserializeOwned + PartialEq + Debug>(message: &T, json: &str) {
    assert_eq!(serde_json::to_string(message).expect("writes"), json);
    assert_eq!(serde_json::from_str::<T>(json).expect("reads"), *message);
}

fn id(last: u8) -> Uuid {
    Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0000 | u128::from(last))
}

fn moment() -> String {
    "2026-11-21T02:37:53.474348Z".to_owned()
}

const SKILL: &str = concat!(
    r#"{"path":"lib/notes","name":"notes","description":"Takes notes","verdict":"repaired","reason":null,"#,
    r#""notes":["There was no name."],"effect":"change","digest":"ab","slug":"notes","#,
    r#""version_id":"01920000-0000-7000-8000-000000000002","version":3,"library_folder":null,"#,
    r#""files":[{"path":"SKILL.md","state":"changed"},{"path":"a","state":"added"},{"path":"b","state":"removed"}]}"#,
);

fn skill() -> ImportCandidate {
    let file = |path: &str, state| ImportFile { path: path.to_owned(), state, diff: None };
    ImportCandidate {
        path: "lib/notes".to_owned(),
        name: Some("notes".to_owned()),
        description: Some("Takes notes".to_owned()),
        verdict: ImportVerdict::Repaired,
        reason: None,
        notes: vec!["There was no name.".to_owned()],
        effect: Some(ImportEffect::Change),
        digest: Some("ab".to_owned()),
        slug: Some("notes".to_owned()),
        version_id: Some(id(2)),
        version: Some(3),
        library_folder: None,
        files: vec![
            file("SKILL.md", ImportFileState::Changed),
            file("a", ImportFileState::Added),
            file("b", ImportFileState::Removed),
        ],
    }
}

fn preview() -> ImportPreview {
    ImportPreview {
        id: id(1),
        expires_at: moment(),
        source: None,
        counts: ImportCounts { found: 1, change: 1, repaired: 1, ..ImportCounts::default() },
        skills: vec![skill()],
        incomplete: false,
    }
}

fn preview_json() -> String {
    [
        r#"{"id":"01920000-0000-7000-8000-000000000001","expires_at":"2026-11-21T02:37:53.474348Z","source":null,"#,
        r#""counts":{"found":1,"new":0,"same":0,"change":1,"repaired":1,"refused":0},"skills":["#,
        SKILL,
        r#"],"incomplete":false}"#,
    ]
    .concat()
}

#[test]
fn imports() {
    golden(&ImportFromPath { path: "/srv/skills".to_owned() }, r#"{"path":"/srv/skills"}"#);
    golden(&preview(), &preview_json());
    let diff = Some("-a\n+b\n".to_owned());
    let repairs = vec![ImportFile { path: "SKILL.md".to_owned(), state: ImportFileState::Changed, diff }];
    let json = [r#"{"skill":"#, SKILL, r#","repairs":[{"path":"SKILL.md","state":"changed","diff":"-a\n+b\n"}]}"#];
    golden(&ImportDetail { skill: skill(), repairs }, &json.concat());
}

#[test]
fn taking_an_import() {
    let choice = ImportChoice { path: "lib/notes".to_owned(), digest: "ab".to_owned(), version_id: None };
    golden(
        &ApplyImport { skills: vec![choice] },
        r#"{"skills":[{"path":"lib/notes","digest":"ab","version_id":null}]}"#,
    );
    let outcome = |result| ImportOutcome { path: "a".to_owned(), result, slug: None, version: None };
    let imported =
        ImportOutcome { slug: Some("notes".to_owned()), version: Some(4), ..outcome(ImportResult::Imported) };
    let others = [ImportResult::Unchanged, ImportResult::LibraryMoved, ImportResult::SourceChanged].map(outcome);
    let outcomes = std::iter::once(imported).chain(others).collect();
    let json = [
        r#"{"outcomes":[{"path":"a","result":"imported","slug":"notes","version":4},"#,
        r#"{"path":"a","result":"unchanged","slug":null,"version":null},"#,
        r#"{"path":"a","result":"library_moved","slug":null,"version":null},"#,
        r#"{"path":"a","result":"source_changed","slug":null,"version":null}],"preview":"#,
        &preview_json(),
        "}",
    ];
    golden(&ImportApplied { outcomes, preview: preview() }, &json.concat());
}

#[test]
fn words() {
    let word = |value: &dyn Fn() -> String, text: &str| assert_eq!(value(), format!("\"{text}\""));
    fn json<T: Serialize>(value: T) -> String {
        serde_json::to_string(&value).expect("writes")
    }
    word(&|| json(ImportVerdict::Ok), "ok");
    word(&|| json(ImportVerdict::Refused), "refused");
    word(&|| json(ImportEffect::New), "new");
    word(&|| json(ImportEffect::Same), "same");
    for (following, text) in [
        (LibraryFollowing::None, "none"),
        (LibraryFollowing::Starting, "starting"),
        (LibraryFollowing::RootMissing, "root_missing"),
        (LibraryFollowing::Held, "held"),
    ] {
        word(&|| json(following), text);
    }
    for (state, text) in [(SkillState::Failed, "failed"), (SkillState::Waiting, "waiting"), (SkillState::Idle, "idle")]
    {
        word(&|| json(state), text);
    }
}

#[test]
fn the_library() {
    let skill = SkillStanding {
        id: id(3),
        name: "notes".to_owned(),
        description: "Takes notes".to_owned(),
        version: 2,
        updated_at: moment(),
        state: SkillState::InStep,
        browsers_in_step: 1,
        operations_pending: 0,
        operations_failed: 0,
        repairs: Vec::new(),
        notice: None,
    };
    let refused = RefusedFolder {
        path: "mail".to_owned(),
        reason: "DESCRIPTION_MISSING".to_owned(),
        notes: vec!["Add one.".to_owned()],
    };
    let library = LibraryStanding {
        following: LibraryFollowing::Watching,
        root: Some("/skills".to_owned()),
        problem: None,
        skills: vec![skill],
        refused: vec![refused],
    };
    golden(
        &library,
        concat!(
            r#"{"following":"watching","root":"/skills","problem":null,"skills":[{"id":"01920000-0000-7000-8000-000000000003","#,
            r#""name":"notes","description":"Takes notes","version":2,"updated_at":"2026-11-21T02:37:53.474348Z","#,
            r#""state":"in_step","browsers_in_step":1,"operations_pending":0,"operations_failed":0,"repairs":[],"#,
            r#""notice":null}],"refused":[{"path":"mail","reason":"DESCRIPTION_MISSING","notes":["Add one."]}]}"#,
        ),
    );
}
