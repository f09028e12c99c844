//! The sign-in provider's settings: told in three ways, refused in a sentence, and no reason not to start.

use std::path::Path;
use std::process::Command;

use crate::program::{Running, refused_in_a_sentence, serve};
use crate::settings::free_port;

const QUIET: [&str; 3] = ["--no-library", "--database-url", "sqlite:skills.db"];

/// Name and value; the name in a file and as a flag. Nobody listens on port 9.
const SETTINGS: [(&str, &str); 7] = [
    ("oidc-issuer", "http://127.0.0.1:9"),
    ("oidc-client-id", "skillferry"),
    ("oidc-client-secret-file", "secret"),
    ("oidc-name", "Example ID"),
    ("oidc-scopes", "openid"),
    ("oidc-allowed-domains", "team.example"),
    ("oidc-admin-claim", "groups=owners"),
];

fn told(how: &str, folder: &Path, public_url: &str) -> Command {
    std::fs::write(folder.join("secret"), "a secret\n").expect("written");
    let settings: Vec<(&str, &str)> =
        SETTINGS.into_iter().chain([("public-url", public_url), ("listen", &public_url[7..])]).collect();
    let lists = ["oidc-scopes", "oidc-allowed-domains"];
    let line = |(name, value): &(&str, &str)| match lists.contains(name) {
        true => format!("{name} = [{value:?}]\n"),
        false => format!("{name} = {value:?}\n"),
    };
    std::fs::write(folder.join("config.toml"), settings.iter().map(line).collect::<String>()).expect("written");
    let flags: Vec<String> =
        settings.iter().flat_map(|(name, value)| [format!("--{name}"), (*value).to_owned()]).collect();
    let flags = flags.iter().map(String::as_str).filter(|_| how == "flags");
    let mut command = serve(folder, &QUIET.into_iter().chain(flags).collect::<Vec<_>>());
    let variable = |name: &str| format!("SKILLFERRY_{}", name.replace('-', "_").to_uppercase());
    match how {
        "environment" => command.envs(settings.iter().map(|(name, value)| (variable(name), *value))),
        "file" => command.env("SKILLFERRY_CONFIG", "config.toml"),
        _ => &mut command,
    };
    command
}

#[test]
fn it_starts_without_its_provider_and_says_so_at_the_button() {
    for how in ["flags", "environment", "file"] {
        let folder = tempfile::tempdir().expect("temp folder");
        let public_url = format!("http://127.0.0.1:{}", free_port());
        let server = Running::start(told(how, folder.path(), &public_url));
        let ask = |path: &str| server.ask(&format!("GET {path} HTTP/1.1"));
        let (status, page) = ask("/login");
        assert!(status == 200 && page.contains(">Sign in with Example ID</a>"), "{how}: {page}");
        assert!(page.contains(&format!("href=\"{public_url}/login/oidc\"")), "{how}: {page}");
        let (status, page) = ask("/login/oidc");
        assert!(status == 503 && page.contains("provider_unreachable"), "{how}: {page}");
        assert_eq!(ask("/health").0, 200);
        server.signal("TERM");
        let (_, log) = server.end();
        assert!(log.contains("the sign-in provider cannot be reached") && !log.contains("a secret"), "{log}");
    }
}

#[test]
fn settings_that_cannot_work() {
    let folder = tempfile::tempdir().expect("temp folder");
    let url = ["--public-url", "https://skills.example"];
    let id = ["--oidc-client-id", "skillferry"];
    let safe = ["--oidc-issuer", "https://id.example"];
    let domain = ["--oidc-allowed-domains", "team.example"];
    for (arguments, sentence) in [
        (vec![safe, id, domain], "Signing in with a provider needs --public-url: the provider sends people back to it"),
        (vec![safe, url, domain], "--oidc-issuer needs --oidc-client-id: what this server is called there"),
        (
            vec![safe, url, id],
            "Say who may sign in: --oidc-allowed-domains or --oidc-required-claim. \
             --oidc-allowed-domains \"*\" lets in everybody whom the provider knows",
        ),
        (
            vec![["--oidc-issuer", "http://id.example"], url, id, domain],
            "--oidc-issuer must be https://…, or http://127.0.0.1:PORT for a provider on this machine",
        ),
        (
            vec![safe, url, id, ["--oidc-admin-claim", "groups"]],
            "--oidc-admin-claim must be NAME=VALUE, as in groups=skill-team",
        ),
        (
            vec![safe, url, id, domain, ["--oidc-client-secret-file", "missing"]],
            "The client secret's file missing cannot be read: No such file or directory (os error 2)",
        ),
    ] {
        let arguments = [&QUIET[..], &arguments.concat()].concat();
        assert_eq!(refused_in_a_sentence(serve(folder.path(), &arguments)), sentence);
    }
}

#[test]
fn the_doctor_asks_the_provider() {
    let folder = tempfile::tempdir().expect("temp folder");
    let doctor = |issuer: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skillferry"));
        command.env_clear().env("HOME", folder.path()).current_dir(folder.path()).args(["doctor", "--no-library"]);
        command.args(["--oidc-issuer", issuer, "--oidc-client-id", "x", "--oidc-allowed-domains", "*"]);
        let said = command.args(["--public-url", "http://127.0.0.1:8082"]).output().expect("it runs").stdout;
        String::from_utf8(said).expect("text")
    };
    let down = doctor("http://127.0.0.1:9");
    assert!(down.contains("WARN  sign_in: the sign-in provider cannot be reached: "), "{down}");
    let unsafe_one = doctor("http://id.example");
    assert!(unsafe_one.contains("FAIL  sign_in: --oidc-issuer must be https://"), "{unsafe_one}");
}
