//! Bringing skills on the dashboard, as a person does: choose or drop, look, take. Nothing is overwritten that was not shown.

use std::io::{Cursor, Write as _};
use std::path::Path;
use std::time::Duration;

use e2e::Step;
use e2e::accessibility::Judge;
use e2e::browser::Kind;
use e2e::library::{Library, foreign_zip, skill_md};
use e2e::process::until;
use e2e::scenario::Scenario;
use serde_json::{Value, json};

e2e::in_both_browsers! {
    a_folder_is_chosen_shown_and_taken,
    zips_are_chosen_and_dropped,
    folders_are_dropped,
    a_working_tree_on_the_server_is_named,
}

const LONG: Duration = Duration::from_secs(60);

/// A server without a library folder's skills, and its import page.
async fn begin(kind: Kind) -> Step<Scenario> {
    let scenario = Scenario::start(kind, Library::empty()?).await?;
    scenario.open_dashboard().await?;
    again(&scenario).await?;
    Ok(scenario)
}

async fn again(scenario: &Scenario) -> Step {
    scenario.browser.open(&format!("{}/import", scenario.companion.origin())).await?;
    scenario.browser.find("#bring").await.map(drop)
}

fn write(root: &Path, path: &str, content: &[u8]) -> Step {
    let place = root.join(path);
    std::fs::create_dir_all(place.parent().ok_or("a folder")?)?;
    Ok(std::fs::write(place, content)?)
}

/// Path and state of what a preview shows.
async fn shown(scenario: &Scenario) -> Step<Value> {
    scenario.browser.find("[data-import]").await?;
    let rows = "return [...document.querySelectorAll('[data-import]')].map((row) => [row.dataset.import, row.querySelector('[data-effect]').innerText]);";
    scenario.browser.run(rows).await
}

async fn text_of(scenario: &Scenario, slug: &str) -> Step<String> {
    let skill = scenario.companion.read(&format!("/v1/skills/{slug}")).await?;
    Ok(skill["content_md"].as_str().unwrap_or_default().to_owned())
}

async fn slugs(scenario: &Scenario) -> Step<Vec<String>> {
    let listed = scenario.companion.read("/v1/skills").await?;
    let slugs = listed.as_array().into_iter().flatten().filter_map(|skill| skill["slug"].as_str().map(str::to_owned));
    Ok(slugs.collect())
}

async fn take(scenario: &Scenario) -> Step {
    scenario.browser.click("main form button.primary").await?;
    until("the skills to be taken", LONG, || async {
        let place = scenario.browser.run("return location.pathname + location.search;").await?;
        Ok(if place == "/skills?said=imported" { Ok(()) } else { Err(place.to_string()) })
    })
    .await
}

async fn a_folder_is_chosen_shown_and_taken(kind: Kind) -> Step {
    let scenario = begin(kind).await?;
    let browser = &scenario.browser;
    let mut judge = Judge::new()?;
    let own = json!({ "name": "notes", "slug": "notes", "description": "Notes.", "collections": ["work"], "content_md": "Ours." });
    scenario.companion.call("POST", "/v1/skills", own).await?;
    let folder = tempfile::tempdir()?;
    let brought = folder.path().join("brought");
    write(&brought, "deep/notes/SKILL.md", b"---\nname: notes\ndescription: Notes.\n---\nTheirs.\n")?;
    write(&brought, "fresh/SKILL.md", &skill_md("fresh", "Not there yet."))?;
    write(&brought, "fresh/scripts/run.sh", b"#!/bin/sh\n")?;
    write(&brought, "unwanted/SKILL.md", &skill_md("unwanted", "Left out by its person."))?;
    write(&brought, "sloppy/skill.md", b"---\nname: sloppy\ndescription: Needs repair.\nauthor: me\n---\nText.\n")?;
    write(&brought, "broken/SKILL.md", b"---\nname: broken\n---\n")?;
    browser.choose("#folder", &[&brought]).await?;
    browser.click("#bring button").await?;
    let wanted = json!([
        ["brought/broken", "refused"],
        ["brought/deep/notes", "changes version 1"],
        ["brought/fresh", "new"],
        ["brought/sloppy", "new"],
        ["brought/unwanted", "new"],
    ]);
    assert_eq!(shown(&scenario).await?, wanted, "folders inside folders arrive with their names");
    browser.picture("import", 1280, 760).await?;
    if let Some(judge) = &mut judge {
        judge.judge_both_schemes(browser, "import preview").await?;
    }
    browser.click("[data-import='brought/deep/notes'] a").await?;
    browser.find(".patch").await?;
    if let Some(judge) = &mut judge {
        judge.judge(browser, "differences of an import").await?;
    }
    let patch = browser.text(".patch").await?;
    assert!(patch.contains("-Ours.") && patch.contains("+Theirs."), "{patch}");
    browser.click(".crumb a").await?;
    browser.click("[data-import='brought/unwanted'] input").await?;
    // Somebody edits the same skill while this person looks.
    scenario.companion.call("PATCH", "/v1/skills/notes", json!({ "content_md": "Edited meanwhile." })).await?;
    browser.click("main form button.primary").await?;
    browser.find("#said .notice.bad").await?;
    assert_eq!(text_of(&scenario, "notes").await?.trim_end(), "Edited meanwhile.", "that was not shown");
    assert_eq!(slugs(&scenario).await?, ["fresh", "notes", "sloppy"], "what was shown and chosen is taken");
    if let Some(judge) = &mut judge {
        judge.judge(browser, "an import of which something is left").await?;
    }
    let shown_now = shown(&scenario).await?;
    assert_eq!(shown_now[1], json!(["brought/deep/notes", "changes version 2"]));
    browser.click("[data-import='brought/unwanted'] input").await?;
    take(&scenario).await?;
    if let Some(mut judge) = judge {
        judge.judge(browser, "after an import").await?;
        judge.acquit();
    }
    assert_eq!(text_of(&scenario, "notes").await?.trim_end(), "Theirs.");
    let versions = scenario.companion.read("/v1/skills/notes/content-versions").await?;
    assert_eq!(versions.as_array().map(Vec::len), Some(3), "every version is kept");
    Ok(())
}

/// A zip of these skills, each in its folder.
fn zip_of(names: &[&str]) -> Step<Vec<u8>> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for name in names {
        writer.start_file(format!("{name}/SKILL.md"), zip::write::SimpleFileOptions::default())?;
        writer.write_all(&skill_md(name, "From a zip."))?;
    }
    Ok(writer.finish()?.into_inner())
}

async fn zips_are_chosen_and_dropped(kind: Kind) -> Step {
    let scenario = begin(kind).await?;
    let browser = &scenario.browser;
    let folder = tempfile::tempdir()?;
    let (two, one) = (folder.path().join("two.zip"), folder.path().join("one.skill"));
    std::fs::write(&two, zip_of(&["alpha", "beta"])?)?;
    std::fs::write(&one, foreign_zip("gamma", &skill_md("gamma", "Alone."))?)?;
    browser.choose("#zips", &[&two, &one]).await?;
    browser.click("#bring button").await?;
    assert_eq!(shown(&scenario).await?.as_array().map(Vec::len), Some(3));
    take(&scenario).await?;
    assert_eq!(slugs(&scenario).await?, ["alpha", "beta", "gamma"]);

    again(&scenario).await?;
    let bytes = json!(foreign_zip("delta", &skill_md("delta", "Dropped."))?);
    browser
        .run(&format!(
            "const transfer = new DataTransfer(); transfer.items.add(new File([new Uint8Array({bytes})], 'delta.zip'));
            document.querySelector('#drop').dispatchEvent(new DragEvent('drop', {{ dataTransfer: transfer, bubbles: true, cancelable: true }}));"
        ))
        .await?;
    assert_eq!(shown(&scenario).await?, json!([["delta", "new"]]));
    Ok(())
}

async fn folders_are_dropped(kind: Kind) -> Step {
    let scenario = begin(kind).await?;
    let browser = &scenario.browser;
    let folder = tempfile::tempdir()?;
    for number in 0..120 {
        let name = format!("skill-{number:03}");
        write(folder.path(), &format!("many/{name}/SKILL.md"), &skill_md(&name, "One of many."))?;
    }
    let many = folder.path().join("many");
    if kind == Kind::Chromium {
        browser.drop_on("#drop", &[&many]).await?;
    } else {
        // Firefox cannot be made to drop, so what its drop hands out is played.
        browser.run(PLAYED).await?;
    }
    assert_eq!(shown(&scenario).await?.as_array().map(Vec::len), Some(120), "entries come in portions of a hundred");
    let first = shown(&scenario).await?[0][0].clone();
    assert_eq!(first, "many/skill-000");
    Ok(())
}

const PLAYED: &str = "
    const text = (name) => new File([`---\\nname: ${name}\\ndescription: One of many.\\n---\\n`], 'SKILL.md');
    const file = (fullPath, name) => ({ isFile: true, fullPath, file: (done) => done(text(name)) });
    const folder = (fullPath, inside) => ({ isFile: false, fullPath, createReader() {
        let given = 0;
        return { readEntries: (done) => done(inside.slice(given, given += 100)) };
    } });
    const names = Array.from({ length: 120 }, (_, number) => `skill-${String(number).padStart(3, '0')}`);
    const many = folder('/many', names.map((name) => folder(`/many/${name}`, [file(`/many/${name}/SKILL.md`, name)])));
    const event = new Event('drop', { bubbles: true, cancelable: true });
    event.dataTransfer = { items: [{ kind: 'file', webkitGetAsEntry: () => many, getAsFile: () => null }] };
    document.querySelector('#drop').dispatchEvent(event);";

async fn a_working_tree_on_the_server_is_named(kind: Kind) -> Step {
    let scenario = begin(kind).await?;
    let browser = &scenario.browser;
    let tree = scenario.companion.data().join("tree");
    write(&tree, ".git/HEAD", b"ref: refs/heads/main\n")?;
    write(&tree, ".gitignore", b"build/\n")?;
    write(&tree, "notes/SKILL.md", &skill_md("notes", "In a tree."))?;
    write(&tree, "build/made/SKILL.md", &skill_md("made", "Ignored."))?;
    browser.fill("#path", "/no/such/folder").await?;
    browser.click("form[action='/import/path'] button").await?;
    browser.find("#said .notice.bad").await?;
    browser.fill("#path", &tree.display().to_string()).await?;
    browser.click("form[action='/import/path'] button").await?;
    assert_eq!(shown(&scenario).await?, json!([["notes", "new"]]), "what Git ignores is left out");
    assert!(browser.text("main").await?.contains(&tree.display().to_string()));
    take(&scenario).await?;
    assert_eq!(slugs(&scenario).await?, ["notes"]);
    Ok(())
}
