//! What an operator may decide about the calls that browsers make on claude.ai: hold all writing, or choose among the paths that are
//! compiled into the extension. Names and numbers only, never an address.

use companion_wire::endpoint::{Endpoint, EndpointPolicy, PathChoice};

/// Reads choices like `list_skills=1`.
///
/// # Errors
///
/// A sentence that names the choice which cannot be read.
pub fn policy(read_only: bool, choices: &[String]) -> Result<EndpointPolicy, String> {
    let paths = choices.iter().map(|text| choice(text).ok_or_else(|| not_understood(text)));
    Ok(EndpointPolicy { read_only, paths: paths.collect::<Result<_, _>>()? })
}

fn choice(text: &str) -> Option<PathChoice> {
    let (name, candidate) = text.trim().split_once('=')?;
    let endpoint = Endpoint::KNOWN.into_iter().find(|endpoint| endpoint.as_str() == name.trim())?;
    Some(PathChoice { endpoint, candidate: candidate.trim().parse().ok()? })
}

fn not_understood(text: &str) -> String {
    let names: Vec<_> = Endpoint::KNOWN.into_iter().map(Endpoint::as_str).collect();
    format!("--endpoint-paths: “{text}” is no choice like list_skills=1. The calls are {}.", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_names_and_numbers() {
        let read = policy(true, &["list_skills=1".to_owned(), " download_skill = 0 ".to_owned()]).expect("two choices");
        let expected = [(Endpoint::ListSkills, 1), (Endpoint::DownloadSkill, 0)];
        assert!(read.read_only);
        assert_eq!(read.paths, expected.map(|(endpoint, candidate)| PathChoice { endpoint, candidate }));
        for wrong in ["", "list_skills", "list_skills=", "list_skills=-1", "unknown=1", "https://claude.ai/api=1"] {
            let sentence = policy(false, &[wrong.to_owned()]).expect_err("is no choice");
            assert!(sentence.contains("list_skills") && sentence.ends_with('.'), "{sentence}");
        }
    }
}
