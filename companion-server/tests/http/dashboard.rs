//! The pages: for whom, in which language, in which state, and what their buttons do.

use std::time::Duration;

use axum::http::Method;
use companion_server::domain::people::Role;
use companion_server::store::Topic;
use serde_json::json;

use crate::accounts::person;
use crate::call::Answer;
use crate::people::{Browser, keep, lease, pair, report};
use crate::server::{Server, on_both};

on_both!(
    every_page_is_for_those_who_are_logged_in,
    every_page_speaks_three_languages,
    pages_show_their_states,
    a_skill_is_switched_and_restored,
    browsers_are_named_synced_and_rotated,
    collections_are_made_and_published,
    failed_work_is_retried,
    people_are_let_in_and_kept_out,
    a_choice_of_looks_is_kept,
    looks_are_a_persons_in_every_browser,
    members_see_what_is_theirs,
    nobody_puts_words_on_a_page,
    absurd_names_are_missing_pages,
    a_conflict_is_shown_and_decided_in_every_way,
    a_conflict_is_put_aside,
    drift_is_shown_with_its_findings,
    ten_thousand_skills_come_page_by_page,
);

/// Every page without a value in its address.
const PAGES: [&str; 18] = [
    "/",
    "/notifications",
    "/skills",
    "/collections",
    "/browsers",
    "/settings/integrations/claude-ai",
    "/settings/integrations/claude-ai/pair?code=ABC234",
    "/conflicts",
    "/held",
    "/activity",
    "/queue",
    "/diagnostic",
    "/drift",
    "/settings",
    "/people",
    "/skills?state=refused",
    "/skills?q=nothing-has-this",
    "/import",
];

/// Pages that are a person's own: whoever comes with the server's preset token is nobody.
const OF_A_PERSON: [&str; 2] = ["/account", "/services"];

/// What else is answered with a page or a part of one, and where it is tested.
const ELSEWHERE: [(&str, &str); 11] = [
    ("/skills/{slug}", "here, in most scenarios"),
    ("/collections/{name}", "`collections_are_made_and_published`"),
    ("/conflicts/{link}", "`a_conflict_is_shown_and_decided_in_every_way`"),
    ("/import/path", "the page of `/import`, for whoever loads the answer to a form again"),
    ("/import/{id}", "`library_imports`"),
    ("/import/{id}/skill", "`library_imports`"),
    ("/settings/integrations/claude-ai/pair", "with a code among the pages"),
    ("/login", "`login`"),
    ("/docs", "`described`"),
    ("/live", "`a_stream_says_what_changed_and_ends_with_the_session_and_the_server`"),
    ("/assets/{file}", "styles and scripts"),
];

/// Every form. None of them does anything for a stranger.
const FORMS: [&str; 20] = [
    "/skills/a/sync",
    "/skills/a/versions/1/restore",
    "/collections",
    "/collections/a/publish",
    "/collections/a/describe",
    "/collections/a/remove",
    "/browsers/00000000-0000-0000-0000-000000000000/disconnect",
    "/browsers/00000000-0000-0000-0000-000000000000/sync",
    "/browsers/00000000-0000-0000-0000-000000000000/settings",
    "/browsers/00000000-0000-0000-0000-000000000000/rotate",
    "/pairings/approve",
    "/conflicts/00000000-0000-0000-0000-000000000000/resolve",
    "/held-batches/00000000-0000-0000-0000-000000000000/agree",
    "/held-batches/00000000-0000-0000-0000-000000000000/refuse",
    "/queue/retry",
    "/operations/00000000-0000-0000-0000-000000000000/retry",
    "/settings/appearance",
    "/people",
    "/people/00000000-0000-0000-0000-000000000000/change",
    "/people/00000000-0000-0000-0000-000000000000/link",
];

async fn open(server: &Server, page: &str) -> String {
    let answer = server.at(Method::GET, page).admin().send().await;
    assert_eq!(answer.status.as_u16(), 200, "{page}: {}", answer.text());
    answer.text()
}

async fn press(server: &Server, form: &str, body: &str) -> Answer {
    let call = server.at(Method::POST, form).admin().header("referer", "http://127.0.0.1:8082/from?q=1&said=saved");
    call.body("application/x-www-form-urlencoded", body.to_owned()).send().await
}

/// Presses, and says where that leads.
async fn led(server: &Server, form: &str, body: &str) -> String {
    let answer = press(server, form, body).await;
    assert_eq!(answer.status.as_u16(), 303, "{form}: {}", answer.text());
    answer.header("location").expect("a page").to_owned()
}

/// What a person reads: no marks, one line a block, and nothing that differs from run to run.
fn words(html: &str) -> String {
    let main = html.split("<main").nth(1).and_then(|rest| rest.split("</main>").next()).unwrap_or(html);
    let main = main.split_once("</p>").map_or(main, |(_, rest)| rest);
    let mut text = String::new();
    for piece in main.split('<').skip(1) {
        let (tag, said) = piece.split_once('>').unwrap_or(("", piece));
        let name = tag.trim_start_matches('/').split([' ', '>']).next().unwrap_or_default();
        if ["p", "li", "h1", "h2", "h3", "div", "tr", "dt", "form", "section"].contains(&name) {
            text.push('\n');
        } else {
            text.push(' ');
        }
        text.push_str(said);
    }
    let text = text.replace("less than a minute ago", "just now").replace("a minute ago", "just now");
    let text = text.replace(&companion_server::store::schema_head(), "[schema]");
    let lines = text.lines().map(|line| line.split_whitespace().map(dateless).collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Days of the year differ from run to run.
fn dateless(word: &str) -> &str {
    let day = word.len() == 5 && word.as_bytes()[2] == b'-' && word.bytes().filter(u8::is_ascii_digit).count() == 4;
    if day { "[day]" } else { word }
}

async fn uploaded(server: &Server, browser: &Browser) {
    for operation in lease(server, browser, "?limit=20").await {
        let result = json!({ "claude_ai_skill_id": operation["payload"]["name"], "claude_ai_version": "1" });
        report(server, browser, &operation["id"], json!({ "success": true, "result": result })).await.nothing();
    }
}

async fn failed(server: &Server, browser: &Browser) {
    for _ in 0..3 {
        server.sql("UPDATE claude_ai_sync_operations SET not_before = NULL").await;
        for operation in lease(server, browser, "?limit=20").await {
            report(server, browser, &operation["id"], json!({ "success": false, "error": "no luck" })).await.nothing();
        }
    }
}

/// Reads from the source which addresses are answered.
#[test]
fn no_page_is_left_out() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/dashboard");
    let known = |route: &str| {
        PAGES.contains(&route) || OF_A_PERSON.contains(&route) || ELSEWHERE.iter().any(|(path, _)| *path == route)
    };
    let (mut routes, mut unknown) = (0, Vec::new());
    for file in std::fs::read_dir(source).expect("the source").flatten() {
        let text = std::fs::read_to_string(file.path()).expect("a text");
        let text: String = text.split_whitespace().collect();
        for rest in text.split(".route(\"").skip(1) {
            let (route, handlers) = rest.split_once("\",").expect("an address and what answers it");
            routes += usize::from(handlers.starts_with("get("));
            if handlers.starts_with("get(") && !known(route) {
                unknown.push(route.to_owned());
            }
        }
    }
    assert!(routes > 20 && unknown.is_empty(), "of {routes} nobody looks at {unknown:?}");
}

async fn every_page_is_for_those_who_are_logged_in(server: Server) {
    for path in PAGES {
        let answer = server.at(Method::GET, path).send().await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, Some("/login")), "{path}");
        assert!(answer.body.is_empty());
        let page = open(&server, path).await;
        assert!(
            !page.contains("<style") && !page.contains(" style=") && !page.contains(" onclick"),
            "nothing inline: {path}"
        );
        let scripts = page.matches("<script").count();
        assert_eq!(scripts, page.matches("<script src=\"/assets/").count(), "{path}");
    }
    for path in FORMS {
        let answer = server.at(Method::POST, path).send().await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, Some("/login")), "{path}");
    }
    let (_, token) = person(&server, "anna", Role::Member).await;
    for path in OF_A_PERSON {
        let stranger = server.at(Method::GET, path).send().await;
        assert_eq!((stranger.status.as_u16(), stranger.header("location")), (303, Some("/login")), "{path}");
        assert_eq!(server.at(Method::GET, path).bearer(&token).send().await.status.as_u16(), 200, "{path}");
    }
    server.at(Method::GET, "/live").send().await.refused(401, companion_wire::error::ErrorCode::LoginRequired);
    let missing = server.at(Method::GET, "/skills/nobody-made-this").admin().send().await;
    assert_eq!((missing.status.as_u16(), missing.header("content-type")), (404, Some("text/html; charset=utf-8")));
}

async fn every_page_speaks_three_languages(server: Server) {
    pair(&server, "Laptop").await;
    keep(&server, "alpha", "one").await;
    for (language, word) in [("en", "Settings"), ("de", "Einstellungen"), ("fr", "Réglages")] {
        for path in PAGES.into_iter().chain(["/skills/alpha"]) {
            let page = server.at(Method::GET, path).admin().header("accept-language", language).send().await.text();
            assert!(page.contains(&format!("<html lang=\"{language}\">")) && page.contains(word), "{language} {path}");
            for said in words(&page).split_whitespace() {
                let key = !said.starts_with('-')
                    && said.split('-').count() > 2
                    && said.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-');
                assert!(!key, "{language} {path} shows the key {said}");
            }
        }
    }
    let login = server.at(Method::GET, "/login").header("accept-language", "de-CH").send().await.text();
    assert!(login.contains("<h1>Anmelden</h1>"), "{login}");
}

async fn pages_show_their_states(server: Server) {
    insta::assert_snapshot!("overview_empty", words(&open(&server, "/").await));
    insta::assert_snapshot!("skills_empty", words(&open(&server, "/skills").await));
    insta::assert_snapshot!("connect", words(&open(&server, "/settings/integrations/claude-ai").await));
    keep(&server, "alpha", "one").await;
    insta::assert_snapshot!("overview_first_step", words(&open(&server, "/").await));
    let browser = pair(&server, "Laptop").await;
    insta::assert_snapshot!("overview_working", words(&open(&server, "/").await));
    insta::assert_snapshot!("queue_working", words(&open(&server, "/queue").await));
    failed(&server, &browser).await;
    insta::assert_snapshot!("overview_failed", words(&open(&server, "/").await));
    insta::assert_snapshot!("waiting_failed", words(&open(&server, "/notifications").await));
    insta::assert_snapshot!("skill_failed", words(&open(&server, "/skills/alpha").await));
    led(&server, "/queue/retry", "").await;
    uploaded(&server, &browser).await;
    insta::assert_snapshot!("overview_in_step", words(&open(&server, "/").await));
    insta::assert_snapshot!("skills_in_step", words(&open(&server, "/skills").await));
    insta::assert_snapshot!("browsers", words(&open(&server, "/browsers").await));
    insta::assert_snapshot!("activity", words(&open(&server, "/activity?event=skill_pushed").await));
    server.sql("UPDATE claude_ai_integrations SET status = 'cookie_expired'").await;
    insta::assert_snapshot!("overview_signed_out", words(&open(&server, "/").await));
}

async fn a_skill_is_switched_and_restored(server: Server) {
    keep(&server, "alpha", "one").await;
    keep(&server, "alpha", "two").await;
    let page = open(&server, "/skills/alpha").await;
    assert!(page.contains("data-version=\"1\"") && page.contains("<td class=\"code\">two</td>"), "{page}");
    assert_eq!(led(&server, "/skills/alpha/sync", "enabled=false").await, "/from?q=1&said=sync-off");
    assert!(open(&server, "/skills").await.contains("data-state=\"off\""));
    led(&server, "/skills/alpha/sync", "enabled=true").await;
    assert_eq!(led(&server, "/skills/alpha/versions/1/restore", "").await, "/from?q=1&said=restored");
    assert!(open(&server, "/skills/alpha?said=restored").await.contains("data-version=\"3\""));
    assert!(led(&server, "/skills/alpha/versions/99/restore", "").await.ends_with("refused=VERSION_NOT_FOUND"));
    assert!(led(&server, "/skills/none/sync", "enabled=true").await.ends_with("refused=SKILL_NOT_FOUND"));
}

async fn browsers_are_named_synced_and_rotated(server: Server) {
    let browser = pair(&server, "Laptop").await;
    let form = |what: &str| format!("/browsers/{}/{what}", browser.id);
    let named = "browser_label=%3Cb%3EDesk&conflict_policy=claude_ai_wins";
    assert!(led(&server, &form("settings"), named).await.ends_with("said=saved"));
    let page = open(&server, "/browsers").await;
    assert!(
        page.contains("value=\"claude_ai_wins\" selected")
            && page.contains("&#60;b&#62;Desk")
            && !page.contains("<b>Desk")
    );
    assert!(led(&server, &form("sync"), "").await.ends_with("said=sync"));
    let rotated = press(&server, &form("rotate"), "").await.text();
    assert!(rotated.contains("<code id=\"token\">sfe_") || rotated.contains("<code id=\"token\">sf"), "{rotated}");
    let old = server.call(Method::GET, "/extension/status").bearer(&browser.token).send().await;
    assert_eq!(old.status.as_u16(), 403);
    assert!(led(&server, &form("disconnect"), "").await.ends_with("said=disconnected"));
    assert!(led(&server, &form("sync"), "").await.ends_with("refused=INTEGRATION_NOT_ACTIVE"));
    assert!(led(&server, &form("rotate"), "").await.ends_with("refused=INTEGRATION_DISCONNECTED"));
}

async fn collections_are_made_and_published(server: Server) {
    assert_eq!(led(&server, "/collections", "name=team&description=For+us").await, "/collections/team?said=saved");
    assert!(led(&server, "/collections", "name=TEAM+X").await.ends_with("refused=COLLECTION_NAME_INVALID"));
    assert!(led(&server, "/collections", "name=team").await.ends_with("refused=COLLECTION_EXISTS"));
    assert!(led(&server, "/collections/team/publish", "published=true").await.ends_with("said=published"));
    assert!(open(&server, "/collections").await.contains("For us"));
    assert!(led(&server, "/collections/team/describe", "description=For+all").await.ends_with("said=saved"));
    assert!(open(&server, "/collections/team").await.contains("value=\"For all\""));
    assert!(led(&server, "/collections/team/publish", "published=false").await.ends_with("said=unpublished"));
    assert_eq!(led(&server, "/collections/team/remove", "").await, "/collections?said=removed");
    assert!(led(&server, "/collections/team/remove", "").await.ends_with("refused=COLLECTION_NOT_FOUND"));
}

async fn failed_work_is_retried(server: Server) {
    let browser = pair(&server, "Laptop").await;
    keep(&server, "alpha", "one").await;
    keep(&server, "beta", "one").await;
    failed(&server, &browser).await;
    let page = open(&server, "/queue").await;
    assert_eq!(page.matches("data-operation=").count(), 2, "{page}");
    let id = page.split("data-operation=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("an id");
    assert!(led(&server, &format!("/operations/{id}/retry"), "").await.ends_with("said=retried"));
    assert!(led(&server, &format!("/operations/{id}/retry"), "").await.ends_with("refused=OPERATION_NOT_RETRYABLE"));
    led(&server, "/queue/retry", "").await;
    assert_eq!(open(&server, "/queue").await.matches("data-operation=").count(), 0);
    assert_eq!(lease(&server, &browser, "?limit=10").await.len(), 2);
}

async fn people_are_let_in_and_kept_out(server: Server) {
    assert!(led(&server, "/people", "name=anna&role=member").await.ends_with("said=person-added"));
    assert!(led(&server, "/people", "name=Anna&role=member").await.ends_with("refused=USER_NAME_TAKEN"));
    let users = server.at(Method::GET, "/v1/users").admin().send().await.ok(200);
    let id = users[0]["id"].as_str().expect("an id");
    let link = press(&server, &format!("/people/{id}/link"), "").await.text();
    assert!(link.contains("http://127.0.0.1:8082/login#sfl_"), "{link}");
    assert!(!open(&server, "/people").await.contains("sfl_"), "shown once");
    assert!(led(&server, &format!("/people/{id}/change"), "role=admin").await.ends_with("said=saved"));
    assert!(led(&server, &format!("/people/{id}/change"), "disabled=true").await.ends_with("refused=LAST_ADMIN"));
}

async fn a_choice_of_looks_is_kept(server: Server) {
    let answer = press(&server, "/settings/appearance", "language=fr&theme=dark").await;
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok()).collect();
    assert_eq!(cookies.len(), 2);
    assert!(cookies[0].starts_with("skillferry_language=fr; Path=/; HttpOnly; SameSite=Lax"), "{cookies:?}");
    let call =
        server.at(Method::GET, "/settings").admin().header("cookie", "skillferry_language=fr; skillferry_theme=dark");
    let page = call.send().await.text();
    assert!(page.contains("<html lang=\"fr\" data-theme=\"dark\">"), "{page}");
    assert!(page.contains("value=\"fr\" selected") && page.contains("value=\"dark\" selected"));
    let answer = press(&server, "/settings/appearance", "language=xx&theme=%22%3E").await;
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok()).collect();
    assert!(cookies.iter().all(|cookie| cookie.contains("Max-Age=0")), "{cookies:?}");
}

async fn looks_are_a_persons_in_every_browser(server: Server) {
    let (user, _) = person(&server, "anna", Role::Member).await;
    let (one, other) = (crate::accounts::session(&server, user).await, crate::accounts::session(&server, user).await);
    let settings = async |session: &str, more: &str| {
        let cookie = format!("{session}; {more}");
        let call = server.at(Method::GET, "/settings").header("cookie", &cookie).header("accept-language", "de");
        call.send().await.text()
    };
    let choose = async |session: &str, body: &str| {
        let call = server.at(Method::POST, "/settings/appearance").header("cookie", session);
        let answer = call.body("application/x-www-form-urlencoded", body.to_owned()).send().await;
        assert_eq!(answer.status.as_u16(), 303, "{}", answer.text());
    };
    let cookies = "skillferry_language=fr; skillferry_theme=dark";
    assert!(settings(&one, cookies).await.contains("<html lang=\"fr\" data-theme=\"dark\">"), "never chosen");
    choose(&one, "language=en&theme=light").await;
    for more in ["", cookies] {
        let page = settings(&other, more).await;
        assert!(page.contains("<html lang=\"en\" data-theme=\"light\">"), "{page}");
        assert!(page.contains("value=\"en\" selected") && page.contains("value=\"light\" selected"));
    }
    choose(&other, "language=&theme=").await;
    assert!(settings(&one, cookies).await.contains("<html lang=\"de\">"), "the browser decides, as was chosen");
    let (bert, _) = person(&server, "bert", Role::Member).await;
    let berts = crate::accounts::session(&server, bert).await;
    assert!(settings(&berts, "").await.contains("<html lang=\"de\">"), "nobody else’s");
    let login = server.at(Method::GET, "/login").header("cookie", "skillferry_language=fr").send().await.text();
    assert!(login.contains("<html lang=\"fr\">"), "before the login the browser’s own");
}

async fn members_see_what_is_theirs(server: Server) {
    pair(&server, "Somebody else’s laptop").await;
    keep(&server, "alpha", "one").await;
    let (_, token) = person(&server, "bert", Role::Member).await;
    for path in PAGES {
        let answer = server.at(Method::GET, path).bearer(&token).send().await;
        let admins = ["/diagnostic", "/people"].contains(&path);
        assert_eq!(answer.status.as_u16(), if admins { 403 } else { 200 }, "{path}");
        assert!(!answer.text().contains("Somebody else"), "{path}");
    }
    let begun = crate::people::begin(&server, "New").await;
    let code = begun["pairing_code"].as_str().expect("a code");
    let page = server.at(Method::GET, "/settings/integrations/claude-ai/pair").bearer(&token).send().await.text();
    assert!(!page.contains(code) && page.contains("name=\"code\""), "a member types the code");
    let form = "application/x-www-form-urlencoded";
    let approved = server.at(Method::POST, "/pairings/approve").bearer(&token).body(form, format!("code={code}"));
    assert!(approved.send().await.text().contains("id=\"approved\""));
}

async fn nobody_puts_words_on_a_page(server: Server) {
    for query in ["said=%3Cb%3E", "said=Send+money", "refused=%3Cscript%3E", "q=%22%3E%3Cscript%3E"] {
        for path in ["/", "/skills", "/activity"] {
            let page = open(&server, &format!("{path}?{query}")).await;
            assert!(
                !page.contains("Send money") && !page.contains("<script>") && !page.contains("<b>"),
                "{path}?{query}"
            );
        }
    }
    assert!(open(&server, "/?said=saved").await.contains("Saved."));
    assert!(open(&server, "/?refused=LAST_ADMIN").await.contains("This is the last admin"));
    let call =
        server.at(Method::POST, "/queue/retry").admin().header("referer", "http://127.0.0.1:8082//evil.example/");
    assert_eq!(call.send().await.header("location"), Some("/queue?said=retried"));
}

async fn a_conflict_is_shown_and_decided_in_every_way(server: Server) {
    let (_, link) = crate::conflicts::conflict(&server, "here\n<b>", "there").await;
    let listed = open(&server, "/conflicts").await;
    assert!(listed.contains(&format!("data-conflict=\"{link}\"")) && listed.contains("<span class=\"badge\">1</span>"));
    insta::assert_snapshot!("conflict_sides", words(&open(&server, &format!("/conflicts/{link}")).await));
    insta::assert_snapshot!("conflict_inline", words(&open(&server, &format!("/conflicts/{link}?view=inline")).await));
    assert!(!open(&server, &format!("/conflicts/{link}")).await.contains("<b>"), "a text is no markup");
    let form = format!("/conflicts/{link}/resolve");
    assert!(led(&server, &form, "resolution=merge").await.ends_with("refused=MERGE_OVERLAPS"));
    assert_eq!(led(&server, &form, "resolution=merge&merged_content_md=both%0D%0A").await, "/conflicts?said=resolved");
    assert!(led(&server, &form, "resolution=keep_both").await.ends_with("refused=LINK_NOT_IN_CONFLICT"));
    assert!(!open(&server, "/skills").await.contains("data-state=\"conflict\""));
    let page = open(&server, "/skills/notes").await;
    assert!(page.contains("<td class=\"code\">both</td>"), "the carriage return was the form’s: {page}");
}

async fn a_conflict_is_put_aside(server: Server) {
    let (_, link) = crate::conflicts::conflict(&server, "here", "there").await;
    let form = format!("/conflicts/{link}/resolve");
    assert_eq!(led(&server, &form, "resolution=skip").await, "/conflicts?said=skipped");
    assert!(!open(&server, "/skills").await.contains("data-state=\"conflict\""));
}

async fn absurd_names_are_missing_pages(server: Server) {
    for name in ["%00", "..%2f..", "%2525", ";x=1", "'--", "%F0%9F%A6%80", &"a".repeat(20_000)] {
        for page in ["/skills/", "/collections/", "/conflicts/"] {
            let answer = server.at(Method::GET, &format!("{page}{name}")).admin().send().await;
            assert_eq!(answer.status.as_u16(), 404, "{page}{}", &name[..name.len().min(20)]);
            assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
        }
    }
}

async fn drift_is_shown_with_its_findings(server: Server) {
    let browser = pair(&server, "Laptop").await;
    let detail = json!({ "endpoint": "skills_list", "verdict": "read_only", "message": "m",
        "findings": [{ "kind": "missing", "severity": "breaking", "at": "/0/id", "expected": "text" }] });
    let body = json!({ "category": "endpoint_changed", "ext_version": "1.0", "detail": detail });
    server.call(Method::POST, "/extension/telemetry").bearer(&browser.token).json(body).send().await.nothing();
    insta::assert_snapshot!("drift", words(&open(&server, "/drift").await));
    assert!(open(&server, "/").await.contains("data-todo=\"drift\""));
    assert!(open(&server, "/diagnostic").await.contains("data-check=\"extension_endpoint_stable\" data-level=\"bad\""));
}

async fn ten_thousand_skills_come_page_by_page(server: Server) {
    for number in 0..120 {
        keep(&server, &format!("skill-{number:03}"), "x").await;
    }
    let first = open(&server, "/skills").await;
    assert_eq!(first.matches("data-skill=").count(), 50);
    assert!(first.contains("Page 1 of 3") && first.contains("page=2"));
    assert_eq!(open(&server, "/skills?page=3").await.matches("data-skill=").count(), 20);
    assert_eq!(open(&server, "/skills?page=99999999").await.matches("data-skill=").count(), 0);
    let found = open(&server, "/skills?q=L-11").await;
    assert_eq!(found.matches("data-skill=").count(), 10);
    assert!(found.contains("10 skills"), "{found}");
}

/// The next message of a stream, and none when it has ended.
async fn heard(body: &mut axum::body::BodyDataStream) -> Option<String> {
    let next = tokio::time::timeout(Duration::from_secs(10), futures_util::StreamExt::next(body));
    let bytes = next.await.expect("a message or an end")?.expect("bytes");
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_says_what_changed_and_ends_with_the_session_and_the_server() {
    let server = crate::server::sqlite().await;
    let (user, _) = person(&server, "anna", Role::Admin).await;
    let cookie = crate::accounts::session(&server, user).await;
    let listen = async |cookie: &str| server.stream("/live", cookie).await;
    let (mut first, mut second) = (listen(&cookie).await, listen(&crate::accounts::session(&server, user).await).await);
    keep(&server, "alpha", "one").await;
    for body in [&mut first, &mut second] {
        let said = heard(body).await.expect("a message");
        assert!(said.starts_with("event: changed\ndata: ") && said.contains(Topic::Skills.as_str()), "{said}");
    }
    server.at(Method::POST, "/logout").header("cookie", &cookie).send().await;
    let mut said = heard(&mut first).await;
    while said.as_deref().is_some_and(|said| said.starts_with("event: changed")) {
        said = heard(&mut first).await;
    }
    assert!(said.is_some_and(|said| said.contains("event: ended")), "who logs out hears no more");
    assert_eq!(heard(&mut first).await, None);
    server.stop.send_replace(true);
    let mut said = heard(&mut second).await;
    while said.is_some() {
        said = heard(&mut second).await;
    }
}
