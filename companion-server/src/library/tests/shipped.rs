//! The sample library that ships.

use super::Fixture;
use crate::library::sample;

#[tokio::test]
async fn every_sample_skill_is_taken() {
    let mut fixture = Fixture::new().await;
    fixture.remove("");
    sample::unpack(&fixture.root).expect("unpack");
    let outcome = fixture.pass().await;
    assert_eq!((outcome.counts.ok + outcome.counts.repaired, outcome.counts.refused), (5, 0));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let script = fixture.root.join("csv-summary/scripts/summarise.py");
        assert_eq!(std::fs::metadata(script).expect("script").permissions().mode() & 0o111, 0o111);
    }
}

#[tokio::test]
async fn what_a_person_changed_stays() {
    let fixture = Fixture::new().await;
    fixture.remove("");
    // A draft that a full disk cut short does not count, and is not in the way.
    super::write(&fixture.root.with_extension("new").join("half.txt"), "");
    sample::unpack(&fixture.root).expect("unpack");
    assert!(!fixture.root.join("half.txt").exists());
    fixture.remove("meeting-notes");
    sample::unpack(&fixture.root).expect("unpack again");
    assert!(!fixture.root.join("meeting-notes").exists());
}
