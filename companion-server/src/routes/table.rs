//! One table of routes, and two things that are made of it: the router when the server starts, the description when somebody asks for it.
//! The description is larger than everything else that a server at rest holds.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{MethodFilter, MethodRouter};
use utoipa::Path;
use utoipa_axum::PathItemExt as _;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use crate::app::App;

/// One path with its handlers.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) path: fn() -> String,
    pub(super) served: fn() -> MethodRouter<App>,
    pub(super) described: fn() -> UtoipaMethodRouter<App>,
}

/// A row of handlers that share a path, each as `module => function`. What stands at each handler says path and method.
macro_rules! row {
    ($($first:ident)::+ => $handler:ident $(, $($module:ident)::+ => $other:ident)*) => {
        utoipa_axum::paste! {
            $crate::routes::table::Row {
                path: <$($first)::+::[<__path_ $handler>] as utoipa::Path>::path,
                served: || {
                    let methods = axum::routing::MethodRouter::new();
                    let filter = $crate::routes::table::method::<$($first)::+::[<__path_ $handler>]>();
                    let methods = methods.on(filter, $($first)::+::$handler);
                    $(
                        let filter = $crate::routes::table::method::<$($module)::+::[<__path_ $other>]>();
                        let methods = methods.on(filter, $($module)::+::$other);
                    )*
                    methods
                },
                described: || utoipa_axum::routes!($($first)::+::$handler $(, $($module)::+::$other)*),
            }
        }
    };
}
pub(super) use row;

/// What a handler is asked by.
pub(super) fn method<P: Path>() -> MethodFilter {
    let methods = P::methods().into_iter().map(|method| method.to_method_filter());
    methods.reduce(MethodFilter::or).unwrap_or(MethodFilter::GET)
}

/// What a table is made into.
pub(super) trait Table: Sized {
    /// One of these rows.
    fn of(rows: &[Row]) -> Self;
    /// All rows below a path.
    fn below(self, path: &str) -> Self;
    /// The rows of both.
    fn and(self, other: Self) -> Self;
    /// Bodies may be so large.
    fn with_bodies_up_to(self, bytes: usize) -> Self;
}

impl Table for Router<App> {
    fn of(rows: &[Row]) -> Self {
        rows.iter().fold(Self::new(), |router, row| router.route(&(row.path)(), (row.served)()))
    }

    fn below(self, path: &str) -> Self {
        Self::new().nest(path, self)
    }

    fn and(self, other: Self) -> Self {
        self.merge(other)
    }

    fn with_bodies_up_to(self, bytes: usize) -> Self {
        self.layer(DefaultBodyLimit::max(bytes))
    }
}

impl Table for OpenApiRouter<App> {
    fn of(rows: &[Row]) -> Self {
        rows.iter().fold(Self::default(), |described, row| described.routes((row.described)()))
    }

    fn below(self, path: &str) -> Self {
        Self::default().nest(path, self)
    }

    fn and(self, other: Self) -> Self {
        self.merge(other)
    }

    /// That is no part of the description.
    fn with_bodies_up_to(self, _: usize) -> Self {
        self
    }
}
