//! `skillferry push`.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use companion_wire::import::{
    ApplyImport, ImportApplied, ImportCandidate, ImportChoice, ImportDetail, ImportEffect, ImportFileState,
    ImportOutcome, ImportPreview, ImportResult, ImportVerdict,
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use reqwest::Body;
use reqwest::multipart::{Form, Part};
use serde::Serialize;
use tokio_util::io::ReaderStream;

use super::client::Client;
use super::local::{NotSent, Parcel, pack};
use super::print::{Level, Printer, clean, clean_lines, counted, plain};
use super::{Common, Ended, Ending, Failed};

const IMPORTS: &str = "/v1/library/imports";

/// Arguments of `push`.
#[derive(Debug, Args)]
#[command(
    after_help = "Every skill below DIR is looked at, without what .skillignore and, in a working tree, Git leave out. What taking it would
change is shown first; nothing is taken that was not shown, and every former version is kept.
Exit codes: 0 the library has everything, 1 it did not work, 2 wrong arguments, 3 something was refused, moved meanwhile or was not
taken (with --dry-run: would be taken), 4 no server answers, 5 the token is missing or refused."
)]
pub struct Arguments {
    #[command(flatten)]
    pub(super) common: Common,
    /// A folder of skills, or one skill's folder
    dir: PathBuf,
    /// Only this skill; may be given several times
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Show the differences line by line
    #[arg(long)]
    diff: bool,
    /// Take everything that can be taken without asking
    #[arg(long, short)]
    yes: bool,
    /// Only show what would be taken
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
}

/// The answer of `push --json`. Members are added, never renamed.
#[derive(Debug, Serialize)]
struct Pushed<'a> {
    /// What was shown.
    preview: &'a ImportPreview,
    /// Folders that were not sent at all.
    not_sent: &'a [NotSent],
    /// What became of those that were taken or tried; none without `--yes`.
    outcomes: &'a [ImportOutcome],
}

/// Runs the command.
pub async fn run(arguments: Arguments, client: &Client, printer: &Printer) -> Ended {
    let bar = Bar::new();
    let dir = arguments.dir.clone();
    let packing = bar.count("Reading skills");
    let packed = tokio::task::spawn_blocking(move || {
        pack(&dir, |done, total| {
            packing.set_length(total as u64);
            packing.set_position(done as u64);
        })
    });
    let Parcel { zips, skills, not_sent } = packed.await.map_err(|error| Failed::new(format!("{error}.")))??;
    if skills == 0 && not_sent.is_empty() {
        return Err(Failed::new(format!(
            "There is no skill below {}: no folder with a SKILL.md.",
            arguments.dir.display()
        )));
    }
    if skills == 0 {
        show_not_sent(printer, &not_sent)?;
        return Err(Failed::new("None of the folders can be sent."));
    }
    let preview: ImportPreview = client.send_form(IMPORTS, form(zips, &bar).await?).await?;
    bar.end();
    let chosen: Vec<&ImportCandidate> =
        preview.skills.iter().filter(|skill| is_wanted(&arguments.only, skill) && is_news(skill)).collect();
    if let Some(unknown) =
        arguments.only.iter().find(|name| !preview.skills.iter().any(|skill| skill.name.as_ref() == Some(name)))
    {
        return Err(Failed::usage(format!(
            "No skill below {} is called “{}”.",
            arguments.dir.display(),
            clean(unknown)
        )));
    }
    if !printer.json() {
        show(printer, &preview, &not_sent)?;
        if arguments.diff {
            show_diffs(client, printer, &preview, &chosen).await?;
        }
    }
    let agreed =
        !chosen.is_empty() && !arguments.dry_run && (arguments.yes || (!printer.json() && asked(chosen.len())?));
    let outcomes = if agreed { take(client, &preview, &chosen, &bar).await?.outcomes } else { Vec::new() };
    if printer.json() {
        printer.value(&Pushed { preview: &preview, not_sent: &not_sent, outcomes: &outcomes })?;
    } else if agreed {
        show_outcomes(printer, &outcomes)?;
    }
    let left = chosen.len() > outcomes.len() || !outcomes.iter().all(|outcome| is_there(outcome.result));
    let refused = !not_sent.is_empty()
        || preview.skills.iter().any(|skill| is_wanted(&arguments.only, skill) && skill.effect.is_none());
    Ok(if left || refused { Ending::Attention } else { Ending::Fine })
}

fn is_wanted(only: &[String], skill: &ImportCandidate) -> bool {
    only.is_empty() || skill.name.as_ref().is_some_and(|name| only.contains(name))
}

fn is_news(skill: &ImportCandidate) -> bool {
    matches!(skill.effect, Some(ImportEffect::New | ImportEffect::Change))
}

fn is_there(result: ImportResult) -> bool {
    matches!(result, ImportResult::Imported | ImportResult::Unchanged)
}

async fn form(zips: Vec<std::fs::File>, bar: &Bar) -> Result<Form, Failed> {
    let unreadable = |error: std::io::Error| Failed::new(format!("The packed skills cannot be read: {error}."));
    let mut sizes = Vec::new();
    for zip in &zips {
        sizes.push(zip.metadata().map_err(unreadable)?.len());
    }
    let sending = bar.bytes("Sending", sizes.iter().sum());
    let mut form = Form::new();
    for (zip, size) in zips.into_iter().zip(sizes) {
        let stream = ReaderStream::new(sending.wrap_async_read(tokio::fs::File::from_std(zip)));
        form = form.part("archive", Part::stream_with_length(Body::wrap_stream(stream), size).file_name("skills.zip"));
    }
    Ok(form)
}

async fn take(
    client: &Client,
    preview: &ImportPreview,
    chosen: &[&ImportCandidate],
    bar: &Bar,
) -> Result<ImportApplied, Failed> {
    bar.wait("Taking skills");
    let choice = |skill: &&ImportCandidate| {
        let digest = skill.digest.clone().unwrap_or_default();
        ImportChoice { path: skill.path.clone(), digest, version_id: skill.version_id }
    };
    let body = ApplyImport { skills: chosen.iter().map(choice).collect() };
    let applied = client.post(&format!("{IMPORTS}/{}/apply", preview.id), &body).await?;
    bar.end();
    Ok(applied)
}

/// Asks on a terminal; elsewhere nobody can answer, which is no.
fn asked(skills: usize) -> Result<bool, Failed> {
    if !std::io::stdin().is_terminal() {
        eprintln!("skillferry: Nothing was taken. Run it again with --yes to take what is shown.");
        return Ok(false);
    }
    let failed = |error: std::io::Error| Failed::new(format!("The answer cannot be read: {error}."));
    eprint!("Take {}? [y/N] ", counted(skills as u64, "skill"));
    std::io::stderr().flush().map_err(failed)?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).map_err(failed)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

fn show(printer: &Printer, preview: &ImportPreview, not_sent: &[NotSent]) -> Result<(), Failed> {
    let news = preview.skills.iter().filter(|skill| skill.effect != Some(ImportEffect::Same));
    printer.table(&["skill", "what", "files", "notes"], news.map(row).collect())?;
    show_not_sent(printer, not_sent)?;
    let counts = preview.counts;
    printer.line(&format!(
        "{}: {} new, {} changed, {} as they are, {} repaired, {} refused.",
        counted(counts.found, "skill"),
        counts.new,
        counts.change,
        counts.same,
        counts.repaired,
        counts.refused + not_sent.len() as u64,
    ))
}

fn show_not_sent(printer: &Printer, not_sent: &[NotSent]) -> Result<(), Failed> {
    let row = |folder: &NotSent| {
        vec![plain(&folder.path), (folder.reason.clone(), Level::Bad), plain(folder.notes.join(" "))]
    };
    printer.table(&["not sent", "reason", "what to do"], not_sent.iter().map(row).collect())
}

fn row(skill: &ImportCandidate) -> Vec<(String, Level)> {
    let what = match (skill.effect, skill.version) {
        (None, _) => (skill.reason.clone().unwrap_or_default(), Level::Bad),
        (Some(ImportEffect::New), _) => ("new".to_owned(), Level::Good),
        (Some(ImportEffect::Same), _) => ("as it is".to_owned(), Level::Plain),
        (Some(ImportEffect::Change), Some(version)) => (format!("changes version {version}"), Level::Busy),
        (Some(ImportEffect::Change), None) => ("changes".to_owned(), Level::Busy),
    };
    let mark = |state| match state {
        ImportFileState::Added => '+',
        ImportFileState::Changed => '~',
        ImportFileState::Removed => '-',
    };
    let files = skill.files.iter().map(|file| format!("{}{}", mark(file.state), file.path)).collect::<Vec<_>>();
    let mut notes = skill.notes.clone();
    notes.extend(
        skill
            .library_folder
            .as_ref()
            .filter(|_| is_news(skill))
            .map(|folder| format!("It lies in the server's folder “{folder}”, which is written too.")),
    );
    let repaired = if skill.verdict == ImportVerdict::Repaired { " (repaired)" } else { "" };
    vec![
        plain(skill.name.clone().unwrap_or_else(|| skill.path.clone()) + repaired),
        what,
        plain(files.join(" ")),
        plain(notes.join(" ")),
    ]
}

async fn show_diffs(
    client: &Client,
    printer: &Printer,
    preview: &ImportPreview,
    chosen: &[&ImportCandidate],
) -> Result<(), Failed> {
    for skill in chosen.iter().filter(|skill| skill.effect == Some(ImportEffect::Change)) {
        let path = format!("{IMPORTS}/{}/skill", preview.id);
        let detail: ImportDetail = client.get(&path, &[("path", skill.path.clone())]).await?;
        for file in &detail.skill.files {
            printer.line(&format!("\n{}: {}", clean(&skill.path), clean(&file.path)))?;
            printer.line(&file.diff.as_deref().map_or_else(|| "  no text to compare".to_owned(), clean_lines))?;
        }
    }
    Ok(())
}

fn show_outcomes(printer: &Printer, outcomes: &[ImportOutcome]) -> Result<(), Failed> {
    let taken = outcomes.iter().filter(|outcome| is_there(outcome.result)).count();
    printer.line(&format!("{} taken.", counted(taken as u64, "skill")))?;
    for outcome in outcomes.iter().filter(|outcome| !is_there(outcome.result)) {
        let why = match outcome.result {
            ImportResult::LibraryMoved => "the library has another version by now. Push again to see it",
            _ => "the folder has changed meanwhile. Push again",
        };
        printer.line(&format!("{}: not taken; {why}.", clean(&outcome.path)))?;
    }
    Ok(())
}

/// Progress on a terminal's standard error, and nothing elsewhere.
struct Bar(ProgressBar);

impl Bar {
    fn new() -> Self {
        let target =
            if std::io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self(ProgressBar::with_draw_target(None, target))
    }

    fn count(&self, what: &'static str) -> ProgressBar {
        self.begin(what, "{msg} {bar:30} {pos}/{len}")
    }

    fn bytes(&self, what: &'static str, total: u64) -> ProgressBar {
        let bar = self.begin(what, "{msg} {bar:30} {bytes}/{total_bytes}");
        bar.set_length(total);
        bar
    }

    fn wait(&self, what: &'static str) {
        self.begin(what, "{spinner} {msg} {elapsed}").enable_steady_tick(Duration::from_millis(120));
    }

    fn begin(&self, what: &'static str, template: &str) -> ProgressBar {
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.0.set_style(style);
        }
        self.0.set_length(0);
        self.0.set_message(what);
        self.0.reset();
        self.0.clone()
    }

    fn end(&self) {
        self.0.disable_steady_tick();
        self.0.finish_and_clear();
    }
}
