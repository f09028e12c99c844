//! `skillferry serve`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use clap::builder::FalseyValueParser;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::config_file::{self, ConfigFile};
use super::{folders, people, services, sign_in};
use crate::app::{self, App};
use crate::domain::delivery::Delivery;
use crate::domain::{endpoint_policy, pause};
use crate::library::{self, LibraryHandle, sample};
use crate::services::{Services, probing, revoking};
use crate::settings::{Settings, admin_token};
use crate::store::{self, DatabaseUrl, SharedStore};
use crate::time::Timestamp;
use crate::token::TokenKind;

pub(super) const DEFAULT_LISTEN: &str = "127.0.0.1:8082";
const DEFAULT_LIMIT: u32 = 60;
/// How long a login link waits to be opened.
pub(super) const LINK_LIFETIME: Duration = Duration::from_secs(15 * 60);
/// How long requests may take to end when the server stops.
const GRACE: Duration = Duration::from_secs(10);

/// Flags of `serve`.
#[derive(Debug, Default, Args)]
#[command(after_help = "Examples:
  skillferry serve
  skillferry serve --library ~/skills --listen 127.0.0.1:9000
  skillferry serve --database-url postgres://skillferry@db.internal/skillferry \\
      --listen 0.0.0.0:8082 --trusted-proxies 10.0.0.0/8 --public-url https://skills.example

SKILLFERRY_ADMIN_TOKEN presets a token (24 characters or more) that scripts send as “Authorization: Bearer”.
SKILLFERRY_LOG sets what is logged, for example “debug” or “companion_server=debug”; SKILLFERRY_LOG_FORMAT=json writes one JSON object a line.
The configuration file takes the same names: listen = \"127.0.0.1:9000\".")]
pub struct Flags {
    /// Address and port to listen on [default: 127.0.0.1:8082]
    #[arg(long, env = "SKILLFERRY_LISTEN", value_name = "ADDRESS:PORT")]
    pub(super) listen: Option<String>,
    /// sqlite:PATH or postgres://USER@HOST/NAME [default: SQLite in the data folder]
    #[arg(long, env = "SKILLFERRY_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub(super) database_url: Option<String>,
    /// Folder of skills to follow [default: ~/.claude/skills, or a sample]
    #[arg(long, env = "SKILLFERRY_LIBRARY", value_name = "DIR")]
    pub(super) library: Option<PathBuf>,
    /// Follow no folder, whatever --library says
    #[arg(long, env = "SKILLFERRY_NO_LIBRARY", value_parser = FalseyValueParser::new())]
    pub(super) no_library: bool,
    /// Write versions made on the server into the folder [default: true]
    #[arg(long, env = "SKILLFERRY_LIBRARY_WRITE_BACK", value_name = "BOOL")]
    library_write_back: Option<bool>,
    /// Folders below which admins may name one to import skills from [default: none]
    #[arg(long, env = "SKILLFERRY_IMPORT_ROOTS", value_name = "DIR", value_delimiter = ',')]
    import_roots: Option<Vec<PathBuf>>,
    /// How skills travel: skills (each by itself) or groups (published collections only) [default: skills]
    #[arg(long, env = "SKILLFERRY_DELIVERY", value_name = "KIND")]
    delivery: Option<String>,
    /// Let browsers write nothing on claude.ai; work waits
    #[arg(long, env = "SKILLFERRY_HOLD_WRITING", value_parser = FalseyValueParser::new())]
    hold_writing: bool,
    /// Hold everything for everyone: true, or the reason that people are shown
    #[arg(long, env = "SKILLFERRY_PAUSE", value_name = "REASON")]
    pause: Option<String>,
    /// Which of the known paths browsers use for a call on claude.ai, as in list_skills=1
    #[arg(long, env = "SKILLFERRY_ENDPOINT_PATHS", value_name = "CALL=NUMBER", value_delimiter = ',')]
    endpoint_paths: Option<Vec<String>>,
    /// Networks of reverse proxies whose X-Forwarded-For counts
    #[arg(long, env = "SKILLFERRY_TRUSTED_PROXIES", value_name = "NETWORK", value_delimiter = ',')]
    trusted_proxies: Option<Vec<String>>,
    /// Pairing attempts a minute and address, 0 = no limit [default: 60]
    #[arg(long, env = "SKILLFERRY_PAIR_RATE_LIMIT", value_name = "NUMBER")]
    pair_rate_limit: Option<u32>,
    /// Days for which audit rows are kept [default: for ever]
    #[arg(long, env = "SKILLFERRY_AUDIT_RETENTION_DAYS", value_name = "NUMBER")]
    audit_retention_days: Option<u32>,
    /// Days for which reported uses of skills are kept [default: for ever]
    #[arg(long, env = "SKILLFERRY_USAGE_RETENTION_DAYS", value_name = "NUMBER")]
    usage_retention_days: Option<u32>,
    /// Further host names the server answers to
    #[arg(long, env = "SKILLFERRY_ALLOWED_HOSTS", value_name = "NAME", value_delimiter = ',')]
    allowed_hosts: Option<Vec<String>>,
    /// Under which address people reach the server, where a proxy stands in front
    #[arg(long, env = "SKILLFERRY_PUBLIC_URL", value_name = "URL")]
    pub(super) public_url: Option<String>,
    /// TOML file with any of these
    #[arg(long, env = "SKILLFERRY_CONFIG", value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    #[command(flatten)]
    services: services::ServiceFlags,
    #[command(flatten)]
    pub(super) sign_in: sign_in::ProviderFlags,
}

/// Runs the server until it is told to stop. What cannot work ends in one sentence and exit code 2.
pub fn run(flags: Flags) -> ExitCode {
    crate::telemetry::start();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let served = match runtime {
        Ok(runtime) => runtime.block_on(serve(flags)),
        Err(error) => Err(format!("The server cannot start: {error}.")),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("skillferry: {sentence}");
            ExitCode::from(2)
        }
    }
}

async fn serve(flags: Flags) -> Result<(), String> {
    // Before anybody can know that the server runs: whoever reads “Ready” may ask it to stop at once.
    let asked_to_stop = stop_signals().map_err(|error| format!("The system does not tell signals: {error}."))?;
    let settings = settings(flags)?;
    settings.check().map_err(|error| error.to_string())?;
    let services = Services::start(settings.services.clone()).map_err(|error| format!("{error}."))?;
    let listener = TcpListener::bind(settings.listen).await.map_err(|error| cannot_listen(settings.listen, &error))?;
    let address = listener.local_addr().map_err(|error| cannot_listen(settings.listen, &error))?;
    let store = store::open(&settings.database).await.map_err(|error| error.to_string())?;
    let delivered = store.set_delivery(settings.delivery, Timestamp::now()).await;
    delivered.map_err(|error| format!("The delivery cannot be kept: {error}."))?;
    let paused = store.set_operator_pause(settings.pause.clone()).await;
    paused.map_err(|error| format!("The pause cannot be kept: {error}."))?;
    // What an earlier server kept and did not get to plan.
    store.plan_kept(Timestamp::now()).await.map_err(|error| error.to_string())?;
    let write_back = settings.library_write_back;
    let library = settings.library.clone().map(|root| library::start(store.clone(), root, write_back));
    announce(&settings, address, &store).await?;
    let (stop, stopping) = watch::channel(false);
    let app = App::new(store.clone(), settings.into(), library.clone(), Arc::clone(&services), stopping.clone());
    let revoking = tokio::spawn(revoking::follow(Arc::clone(&services), store.clone(), stopping.clone()));
    let probing = tokio::spawn(probing::follow(Arc::clone(&services), store.clone(), stopping.clone()));
    let following = tokio::spawn(services.follow(store, stopping.clone()));
    let housekeeping = tokio::spawn(app::housekeeping(app.clone()));
    let routes = app::router(app).into_make_service_with_connect_info::<SocketAddr>();
    let server =
        tokio::spawn(axum::serve(listener, routes).with_graceful_shutdown(app::stopped(stopping)).into_future());
    asked_to_stop.await;
    tracing::info!("stopping");
    let _ = stop.send(true);
    let ended = tokio::time::timeout(GRACE, async {
        let _ = server.await;
        let _ = housekeeping.await;
        let _ = following.await;
        let _ = revoking.await;
        let _ = probing.await;
        if let Some(library) = library {
            LibraryHandle::shutdown(&library).await;
        }
    });
    if ended.await.is_err() {
        tracing::warn!("some requests did not end in time");
    }
    Ok(())
}

/// Flag or environment before file before default.
fn settings(flags: Flags) -> Result<Settings, String> {
    let file = flags.config.as_deref().map(config_file::read).transpose()?.unwrap_or_default();
    let delivery = delivery(flags.delivery.or(file.delivery.clone()))?;
    let sign_in = sign_in::provider(flags.sign_in, &file)?;
    let services = services::settings(flags.services, &file)?;
    let paths = flags.endpoint_paths.or(file.endpoint_paths.clone()).unwrap_or_default();
    let endpoint_policy = endpoint_policy::policy(flags.hold_writing || file.hold_writing.unwrap_or(false), &paths)?;
    let listen = flags.listen.or(file.listen.clone()).unwrap_or_else(|| DEFAULT_LISTEN.to_owned());
    let library = if flags.no_library { None } else { Some(library_folder(flags.library, &file)?) };
    let networks = flags.trusted_proxies.or(file.trusted_proxies).unwrap_or_default();
    let networks = networks.iter().map(|text| text.parse().map_err(|error| format!("--trusted-proxies: {error}.")));
    Ok(Settings {
        listen: listen.parse().map_err(|_| format!("--listen must be an address and a port like {DEFAULT_LISTEN}."))?,
        database: database(flags.database_url.or(file.database_url))?,
        library,
        library_write_back: flags.library_write_back.or(file.library_write_back).unwrap_or(true),
        trusted_proxies: networks.collect::<Result<_, _>>()?,
        pair_rate_limit: flags.pair_rate_limit.or(file.pair_rate_limit).unwrap_or(DEFAULT_LIMIT),
        audit_retention: retention("audit", flags.audit_retention_days.or(file.audit_retention_days))?,
        usage_retention: retention("usage", flags.usage_retention_days.or(file.usage_retention_days))?,
        allowed_hosts: flags.allowed_hosts.or(file.allowed_hosts).unwrap_or_default(),
        public_url: flags.public_url.or(file.public_url),
        import_roots: import_roots(flags.import_roots.or(file.import_roots).unwrap_or_default())?,
        delivery,
        sign_in,
        endpoint_policy,
        services,
        pause: pause::operator(flags.pause.or(file.pause).as_deref()),
        admin_token: admin_token(std::env::var("SKILLFERRY_ADMIN_TOKEN").ok()).map_err(|error| error.to_string())?,
    })
}

fn retention(what: &str, days: Option<u32>) -> Result<Option<Duration>, String> {
    match days {
        Some(0) => Err(format!("--{what}-retention-days must be 1 or more. Leave it out to keep everything.")),
        days => Ok(days.map(|days| Duration::from_secs(u64::from(days) * 24 * 60 * 60))),
    }
}

/// A root that is not there would be noticed by the first import only.
fn import_roots(named: Vec<PathBuf>) -> Result<Vec<PathBuf>, String> {
    let root = |named: PathBuf| {
        let real = named.canonicalize().ok().filter(|real| real.is_dir());
        real.ok_or_else(|| format!("{} is not a folder. Name another with --import-roots.", named.display()))
    };
    named.into_iter().map(root).collect()
}

fn delivery(kind: Option<String>) -> Result<Delivery, String> {
    let Some(kind) = kind else { return Ok(Delivery::default()) };
    Delivery::named(&kind).ok_or_else(|| "--delivery must be “skills” or “groups”.".to_owned())
}

pub(super) fn database(url: Option<String>) -> Result<DatabaseUrl, String> {
    if let Some(url) = url {
        return url.parse().map_err(|error: store::OpenError| error.to_string());
    }
    let folder =
        folders::data().ok_or("There is no home folder to keep data in. Name a database with --database-url.")?;
    folders::make_private(&folder)
        .map_err(|error| format!("The data folder {} cannot be made: {error}.", folder.display()))?;
    Ok(DatabaseUrl::Sqlite(folder.join("skillferry.db")))
}

fn library_folder(flag: Option<PathBuf>, file: &ConfigFile) -> Result<PathBuf, String> {
    if let Some(named) = flag.or_else(|| file.library.clone()) {
        let missing = |error| {
            format!("The library folder {} cannot be opened: {error}. Name another with --library.", named.display())
        };
        let found = named.canonicalize().map_err(missing)?;
        return if found.is_dir() {
            Ok(found)
        } else {
            Err(format!("{} is not a folder. Name another with --library.", named.display()))
        };
    }
    if let Some(skills) = folders::claude_skills().filter(|folder| folder.is_dir()) {
        return Ok(skills);
    }
    let data = folders::data().ok_or("There is no home folder. Name a library with --library.")?;
    let folder = data.join("sample-library");
    folders::make_private(&data)
        .and_then(|()| sample::unpack(&folder))
        .map_err(|error| format!("The sample library {} cannot be written: {error}.", folder.display()))?;
    Ok(folder)
}

fn cannot_listen(address: SocketAddr, error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => format!(
            "Port {} on {} is already in use, perhaps by another Skillferry. Stop it, or choose another port with --listen {}:PORT.",
            address.port(),
            address.ip(),
            address.ip()
        ),
        std::io::ErrorKind::PermissionDenied => {
            format!(
                "Listening on port {} needs rights this program does not have. Choose one above 1023 with --listen.",
                address.port()
            )
        }
        _ => format!("Listening on {address} does not work: {error}. Choose another address with --listen."),
    }
}

/// The lines that people and programs read to find the server.
async fn announce(settings: &Settings, address: SocketAddr, store: &SharedStore) -> Result<(), String> {
    let link = people::drawn(TokenKind::LoginLink)?;
    let expires = Timestamp::now().plus(LINK_LIFETIME);
    store
        .add_login_link(&link.hash(), None, expires)
        .await
        .map_err(|error| format!("The login link cannot be kept: {error}."))?;
    let origin = settings.origin(&address.to_string());
    println!("Dashboard: {origin}/login#{}", link.expose());
    match &settings.library {
        Some(folder) => println!("Library: {}", folder.display()),
        None => println!("Library: none"),
    }
    println!("Database: {}", settings.database);
    println!("Ready: {origin}");
    Ok(())
}

/// Listens for requests to stop from now on; the future resolves at the first.
#[cfg(unix)]
fn stop_signals() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Listens for Ctrl-C from now on; the future resolves at the first.
#[cfg(windows)]
fn stop_signals() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}
