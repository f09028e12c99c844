//! `skillferry conflicts`.

use std::io::Read as _;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use companion_wire::PREFIX;
use companion_wire::conflicts::{Conflict, ConflictPreview, ResolveConflict};

use super::client::Client;
use super::print::{Level, Printer, clean, clean_lines, moment, plain};
use super::{Common, EXIT_CODES, Ended, Ending, Failed};

/// Arguments of `conflicts`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct Arguments {
    #[command(flatten)]
    pub(super) common: Common,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List them; the same as no subcommand
    List,
    /// Show all sides of one, and what differs
    Show {
        /// The skill's name, or the conflict's id
        conflict: String,
    },
    /// Decide about one; whatever is decided, each version is kept and can be restored
    Resolve {
        /// The skill's name, or the conflict's id
        conflict: String,
        /// Which side to keep
        #[arg(long, value_enum)]
        keep: Keep,
        /// With --keep merge: a file with the merged text behind the front matter, “-” for standard input
        #[arg(long, value_name = "FILE")]
        text: Option<PathBuf>,
    },
}

/// What to do about a conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Keep {
    /// The library's
    Ours,
    /// claude.ai's
    Theirs,
    /// Both, as two skills
    Both,
    /// Both in one text
    Merge,
    /// Neither: leave them as they are until one changes again
    Skip,
}

impl Keep {
    const fn on_the_wire(self) -> &'static str {
        match self {
            Self::Ours => "keep_skillnote",
            Self::Theirs => "keep_claude_ai",
            Self::Both => "keep_both",
            Self::Merge => "merge",
            Self::Skip => "skip",
        }
    }
}

/// Runs the command.
pub async fn run(arguments: Arguments, client: &Client, printer: &Printer) -> Ended {
    match arguments.what {
        None | Some(What::List) => list(client, printer).await,
        Some(What::Show { conflict }) => show(client, printer, &conflict).await,
        Some(What::Resolve { conflict, keep, text }) => {
            if text.is_some() && keep != Keep::Merge {
                return Err(Failed::usage("--text goes with --keep merge."));
            }
            let merged_content_md = text.map(merged).transpose()?;
            let conflict = named(client, &conflict).await?;
            let body = ResolveConflict { resolution: keep.on_the_wire().to_owned(), merged_content_md };
            client.tell(&format!("{PREFIX}/conflicts/{}/resolve", conflict.link_id), &body).await?;
            if printer.json() {
                printer.value(&serde_json::json!({ "link_id": conflict.link_id, "resolution": body.resolution }))?;
            } else {
                printer.line(&format!("{} is decided; what follows is queued.", clean(&name(&conflict))))?;
            }
            Ok(Ending::Fine)
        }
    }
}

async fn list(client: &Client, printer: &Printer) -> Ended {
    let conflicts = client.conflicts().await?;
    if printer.json() {
        printer.value(&conflicts)?;
    } else if conflicts.is_empty() {
        printer.line("No skill has changed on both sides.")?;
    } else {
        let row = |conflict: &Conflict| {
            vec![
                (name(conflict), Level::Bad),
                plain(conflict.integration_label.clone().unwrap_or_default()),
                plain(conflict.last_seen_at.as_deref().map(moment).unwrap_or_default()),
                plain(conflict.link_id.to_string()),
            ]
        };
        printer.table(&["skill", "browser", "seen", "id"], conflicts.iter().map(row).collect())?;
    }
    Ok(if conflicts.is_empty() { Ending::Fine } else { Ending::Attention })
}

async fn show(client: &Client, printer: &Printer, conflict: &str) -> Ended {
    let conflict = named(client, conflict).await?;
    let sides: ConflictPreview = client.get(&format!("{PREFIX}/conflicts/{}/preview", conflict.link_id), &[]).await?;
    if printer.json() {
        printer.value(&sides)?;
        return Ok(Ending::Attention);
    }
    let version = |number: Option<u32>| number.map_or_else(|| "none".to_owned(), |number| number.to_string());
    printer.line(&format!("{}: changed in the library and on claude.ai.", clean(&name(&conflict))))?;
    printer.line(&format!(
        "  Both had version {}; the library has {} now.",
        version(sides.last_pushed_version_number),
        version(sides.current_version_number)
    ))?;
    for file in &sides.files {
        printer.line(&format!("\n{} ({})", clean(&file.path), file.state.replace('_', " ")))?;
        printer.line(&file.diff.as_deref().map_or_else(|| "  no text to compare".to_owned(), clean_lines))?;
    }
    let merge = match &sides.merge {
        Some(merge) if merge.clean => "The edits do not overlap: --keep merge needs no text.".to_owned(),
        Some(merge) => format!("The edits overlap in {}.", clean(&merge.overlapping.join(", "))),
        None => "One side is missing; it cannot be merged.".to_owned(),
    };
    printer.line(&format!(
        "\n{merge}\nDecide: skillferry conflicts resolve {} --keep ours|theirs|both|merge|skip",
        conflict.link_id
    ))?;
    Ok(Ending::Attention)
}

fn name(conflict: &Conflict) -> String {
    conflict.skillnote_skill_name.clone().unwrap_or_else(|| conflict.claude_ai_skill_id.clone())
}

/// The conflict that an argument means; a skill may be in conflict with several accounts.
async fn named(client: &Client, argument: &str) -> Result<Conflict, Failed> {
    let fits = |conflict: &Conflict| {
        conflict.link_id.to_string() == argument
            || name(conflict) == argument
            || conflict.skillnote_skill_slug.as_deref() == Some(argument)
    };
    let mut found: Vec<Conflict> = client.conflicts().await?.into_iter().filter(fits).collect();
    match (found.pop(), found.len()) {
        (Some(conflict), 0) => Ok(conflict),
        (Some(_), others) => Err(Failed::new(format!(
            "{} conflicts are about “{}”. Name one by its id, as `skillferry conflicts` lists it.",
            others + 1,
            clean(argument)
        ))),
        (None, _) => Err(Failed::new(format!("No conflict is about “{}”.", clean(argument)))),
    }
}

fn merged(file: PathBuf) -> Result<String, Failed> {
    let read = if file.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(&file)
    };
    read.map_err(|error| Failed::new(format!("The merged text {} cannot be read: {error}.", file.display())))
}
