//! A thousand skills of the sizes that real collections have.

use std::time::{Duration, Instant};

use super::{Fixture, skill_md};

/// Bytes of a skill by its place in a thousand: median 5 kB, a tenth above 36 kB, one in a hundred above 200 kB.
const fn size(number: usize) -> usize {
    match number % 100 {
        0 => 208_000,
        1..10 => 36_000,
        10..50 => 8_000,
        _ => 4_000,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_skills_come_in_quickly_and_once() {
    let mut fixture = Fixture::new().await;
    for number in 0..1000 {
        let body = format!("{number} ").repeat(size(number) / (number.to_string().len() + 1));
        fixture.write(&format!("skill-{number}/SKILL.md"), skill_md(&format!("skill-{number}"), &body));
        if number % 5 == 0 {
            fixture.write(&format!("skill-{number}/scripts/run.py"), "print('hello')\n");
        }
    }
    let begin = Instant::now();
    assert_eq!(fixture.pass().await.counts.ok, 1000);
    let first = begin.elapsed();
    fixture.settle().await;
    let begin = Instant::now();
    fixture.pass().await;
    println!("first pass {first:?}, a pass without changes {:?}", begin.elapsed());
    assert!(first < Duration::from_secs(20), "without optimisation, on a busy machine: {first:?}");
    let skills = fixture.store.skills().await.expect("skills");
    assert!(skills.len() == 1000 && skills.iter().all(|skill| skill.version == 1), "each is kept once");
}
