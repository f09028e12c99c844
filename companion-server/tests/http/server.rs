//! A server on a fresh database, and the same again on the other database.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Method, Request};
use companion_server::app::{self, App};
use companion_server::domain::delivery::Delivery;
use companion_server::services::{ServiceSettings, Services};
use companion_server::settings::{Settings, admin_token};
use companion_server::store::{self, DatabaseUrl, SharedStore};
use companion_wire::PREFIX;
use companion_wire::connectors::OperatorPause;
use companion_wire::endpoint::EndpointPolicy;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};
use tokio::sync::watch;
use tower::ServiceExt as _;
use uuid::Uuid;

use crate::call::{Answer, Call};
use crate::conformity::conforms;

/// The admin token that every server of these tests is started with.
pub const ADMIN: &str = "sfa_admin-token-of-the-tests-000000000000";

/// Where all requests come from unless a test says otherwise.
pub const PEER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 7)), 40_000);

/// A server in process.
pub struct Server {
    pub store: SharedStore,
    pub url: DatabaseUrl,
    pub stop: watch::Sender<bool>,
    pub services: Arc<Services>,
    settings: Settings,
    router: Router,
    _folder: Arc<Option<tempfile::TempDir>>,
}

impl Server {
    async fn on(url: DatabaseUrl, folder: Option<tempfile::TempDir>) -> Self {
        let settings = Settings {
            listen: "127.0.0.1:8082".parse().expect("address"),
            database: url.clone(),
            library: None,
            library_write_back: true,
            trusted_proxies: Vec::new(),
            pair_rate_limit: 60,
            audit_retention: None,
            usage_retention: None,
            allowed_hosts: Vec::new(),
            public_url: None,
            import_roots: Vec::new(),
            delivery: Delivery::default(),
            sign_in: None,
            endpoint_policy: EndpointPolicy::default(),
            services: ServiceSettings::none(),
            pause: OperatorPause::default(),
            admin_token: admin_token(Some(ADMIN.to_owned())).expect("long enough"),
        };
        let store = store::open(&url).await.expect("open");
        Self::of(store, url, settings, Arc::new(folder))
    }

    fn of(store: SharedStore, url: DatabaseUrl, settings: Settings, folder: Arc<Option<tempfile::TempDir>>) -> Self {
        let (stop, stopping) = watch::channel(false);
        let services = Services::start(settings.services.clone()).expect("a registry that can be read");
        let app = App::new(store.clone(), settings.clone().into(), None, Arc::clone(&services), stopping);
        Self { store, url, stop, services, settings, router: app::router(app), _folder: folder }
    }

    /// A server on the same database, started in another way.
    pub fn started(&self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = self.settings.clone();
        change(&mut settings);
        Self::of(self.store.clone(), self.url.clone(), settings, Arc::clone(&self._folder))
    }

    /// A call of a route below the connector's prefix.
    pub fn call(&self, method: Method, path: &str) -> Call<'_> {
        self.at(method, &format!("{PREFIX}{path}"))
    }

    /// A call of any address.
    pub fn at(&self, method: Method, uri: &str) -> Call<'_> {
        Call::new(self, method, uri)
    }

    /// What the routes answer.
    pub async fn answer(&self, mut request: Request<Body>) -> Answer {
        request.extensions_mut().get_or_insert_with(|| ConnectInfo(PEER));
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let Ok(response) = self.router.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("a body that ends").to_vec();
        let answer = Answer { status: parts.status, headers: parts.headers, body };
        conforms(&method, &path, &answer);
        answer
    }

    /// The body of an answer that does not end by itself.
    pub async fn stream(&self, path: &str, cookie: &str) -> axum::body::BodyDataStream {
        let request = Request::builder().uri(path).header("host", "127.0.0.1:8082").header("cookie", cookie);
        let Ok(response) = self.router.clone().oneshot(request.body(Body::empty()).expect("a request")).await;
        assert_eq!(response.headers().get("content-type").map(|kind| kind.as_bytes()), Some(&b"text/event-stream"[..]));
        response.into_body().into_data_stream()
    }

    /// What an operator types into a database shell.
    pub async fn sql(&self, statement: &str) {
        let statement = AssertSqlSafe(statement.to_owned());
        match &self.url {
            DatabaseUrl::Sqlite(path) => {
                let address = format!("sqlite:{}", path.display());
                let mut connection = SqliteConnection::connect(&address).await.expect("the same file");
                connection.execute(statement).await.map(drop)
            }
            DatabaseUrl::Postgres(address) => {
                let mut connection = PgConnection::connect(address).await.expect("the same database");
                connection.execute(statement).await.map(drop)
            }
        }
        .expect("a statement that works");
    }
}

/// A server on a fresh SQLite file.
pub async fn sqlite() -> Server {
    let folder = tempfile::tempdir().expect("temp folder");
    let url = DatabaseUrl::Sqlite(folder.path().join("test.db"));
    Server::on(url, Some(folder)).await
}

/// A server on a fresh PostgreSQL database, where there is a cluster for it.
pub async fn postgres() -> Option<Server> {
    let Ok(admin) = std::env::var("SKILLFERRY_TEST_POSTGRES_URL") else {
        assert!(std::env::var_os("CI").is_none(), "SKILLFERRY_TEST_POSTGRES_URL must be set in CI");
        eprintln!("SKIPPED on PostgreSQL: SKILLFERRY_TEST_POSTGRES_URL is not set");
        return None;
    };
    let name = format!("http_{}", Uuid::new_v4().simple());
    let mut connection = PgConnection::connect(&admin).await.expect("cluster");
    connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.expect("database");
    let (base, _) = admin.rsplit_once('/').expect("a URL with a database");
    Some(Server::on(DatabaseUrl::Postgres(format!("{base}/{name}")), None).await)
}

/// Instantiates each scenario once for each database.
macro_rules! on_both {
    ($($scenario:ident),* $(,)?) => {
        mod on_sqlite { $(#[tokio::test(flavor = "multi_thread")] async fn $scenario() {
            super::$scenario(crate::server::sqlite().await).await;
        })* }
        mod on_postgres { $(#[tokio::test(flavor = "multi_thread")] async fn $scenario() {
            if let Some(server) = crate::server::postgres().await { super::$scenario(server).await; }
        })* }
    };
}
pub(crate) use on_both;
