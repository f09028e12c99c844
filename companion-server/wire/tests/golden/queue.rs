//! What waits and what is being done.

use companion_wire::operation::OperationKind;
use companion_wire::queue::{QueueItem, QueuePage};

use super::{golden, id, moment};

#[test]
fn queue() {
    let item = QueueItem {
        id: id(2),
        kind: OperationKind::Upload,
        status: "pending".to_owned(),
        attempts: 0,
        last_error: None,
        created_at: moment(),
        started_at: None,
        integration_id: id(1),
        integration_label: Some("Work laptop".to_owned()),
        skill_id: Some(id(3)),
        skill_slug: Some("notes".to_owned()),
        skill_name: Some("notes".to_owned()),
    };
    let (total, pending_count, in_progress_count) = (1, 1, 0);
    let page = QueuePage { items: vec![item], total, pending_count, in_progress_count, oldest_age_seconds: Some(1.5) };
    golden(
        &page,
        concat!(
            r#"{"items":[{"id":"01920000-0000-7000-8000-000000000002","kind":"upload","status":"pending","attempts":0,"#,
            r#""last_error":null,"created_at":"2026-11-21T02:37:53.474348Z","started_at":null,"#,
            r#""integration_id":"01920000-0000-7000-8000-000000000001","integration_label":"Work laptop","#,
            r#""skill_id":"01920000-0000-7000-8000-000000000003","skill_slug":"notes","skill_name":"notes"}],"#,
            r#""total":1,"pending_count":1,"in_progress_count":0,"oldest_age_seconds":1.5}"#,
        ),
    );
}
