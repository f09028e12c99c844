//! The one table of routes that are no pages. Handlers are thin: check, call, answer.

pub mod account;
pub mod autonomy;
pub mod connectors;
pub mod diagnostic;
pub mod extension;
mod handshake;
pub mod health;
pub mod machines;
pub mod metrics;
pub mod openapi;
pub mod personal;
pub mod services;
mod table;
pub mod ui;
pub mod usage;
pub mod users;

use axum::Router;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use table::{Table, row};

/// All routes that are no pages.
pub fn router() -> Router<App> {
    all()
}

/// All routes with their description. A route cannot be added here without one.
pub fn described() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::frame()).merge(all())
}

fn all<T: Table>() -> T {
    for_extensions::<T>()
        .and(for_people())
        .below(companion_wire::PREFIX)
        .and(library())
        .and(for_accounts())
        .and(for_connectors())
        .and(for_programs())
}

fn for_extensions<T: Table>() -> T {
    let large =
        T::of(&[row!(extension::imported_skill => take)]).with_bodies_up_to(extension::imported_skill::LARGEST_FORM);
    let others = T::of(&[
        row!(extension::capabilities => get),
        row!(extension::pairing => start),
        row!(extension::pairing => status),
        row!(extension::operations => lease),
        row!(extension::operations => complete),
        row!(extension::status => get),
        row!(extension::reconcile => run),
        row!(extension::reconcile => known_skill_ids),
        row!(extension::telemetry => take),
        row!(extension::bundle => get),
        row!(extension::groups => list),
        row!(extension::groups => bundle),
        row!(extension::snapshot => keep),
    ]);
    others.and(large)
}

fn for_people<T: Table>() -> T {
    T::of(&[
        row!(ui::pairing => pending),
        row!(ui::pairing => approve),
        row!(ui::integrations => list),
        row!(ui::integrations => disconnect, ui::browser_settings => change),
        row!(ui::integrations => trigger_sync),
        row!(ui::browser_settings => rotate),
        row!(ui::skill_sync => status),
        row!(ui::skill_sync => set),
        row!(ui::held_batches => list),
        row!(ui::held_batches => agree),
        row!(ui::held_batches => refuse),
        row!(ui::cleanup => run),
        row!(ui::operations => retry),
        row!(diagnostic => get),
        row!(ui::queue => get),
        row!(ui::activity => list),
        row!(ui::export => csv),
        row!(ui::conflicts => list),
        row!(ui::conflicts => preview),
        row!(ui::conflicts => side),
        row!(ui::conflicts => resolve),
        row!(ui::analytics => get),
        row!(health => connector),
    ])
}

fn library<T: Table>() -> T {
    let large = T::of(&[row!(ui::imports => begin)]).with_bodies_up_to(ui::imports::LARGEST_FORM);
    let others = T::of(&[
        row!(ui::skills => list, ui::skills => create),
        row!(ui::skills => detail, ui::skills => change, ui::skills => remove),
        row!(ui::skill_versions => list),
        row!(ui::skill_versions => restore),
        row!(ui::skill_versions => set_latest),
        row!(ui::collections => list, ui::collections => create),
        row!(ui::collections => detail, ui::collections => describe, ui::collections => remove),
        row!(ui::collections => publish),
        row!(ui::library => get),
        row!(ui::archives => skill),
        row!(ui::archives => library),
        row!(ui::imports => get, ui::imports => forget),
        row!(ui::imports => skill),
        row!(ui::imports => apply),
    ]);
    others.and(large)
}

fn for_connectors<T: Table>() -> T {
    T::of(&[
        row!(connectors => status),
        row!(autonomy => set),
        row!(autonomy => state),
        row!(personal => export),
        row!(personal => delete),
        row!(services => list),
        row!(services => connect),
        row!(services => disconnect),
        row!(services => health),
        row!(machines => pair),
        row!(machines => pairing_status),
        row!(machines => approve),
        row!(machines => list),
        row!(machines => revoke),
        row!(machines => pull),
        row!(machines => leave),
    ])
}

fn for_accounts<T: Table>() -> T {
    T::of(&[
        row!(account => get),
        row!(account => set_password),
        row!(account => sessions, account => end_others),
        row!(account => end_session),
        row!(account => tokens, account => add_token),
        row!(account => revoke_token),
        row!(users => list, users => add),
        row!(users => change),
        row!(users => link),
    ])
}

fn for_programs<T: Table>() -> T {
    T::of(&[
        row!(health => server),
        row!(health => live),
        row!(health => ready),
        row!(metrics => get),
        row!(openapi => get),
        row!(usage => take),
        row!(usage => summary),
        row!(usage => recent_sessions),
    ])
}
