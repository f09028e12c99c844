//! `claude-ai-stand-in`: prints where it listens as one JSON line, then plays claude.ai until it is ended.

use clap::Parser;
use claude_ai_stand_in::world::World;
use claude_ai_stand_in::{control, proxy, site};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

/// Plays https://claude.ai for tests and the demo.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where the CONNECT proxy listens
    #[arg(long, default_value = "127.0.0.1:0")]
    proxy: String,
    /// Where the control listens
    #[arg(long, default_value = "127.0.0.1:0")]
    control: String,
    /// Added to every answer of the API
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// End when standard input is closed, so that it cannot outlive whoever started it
    #[arg(long)]
    exit_with_stdin: bool,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let arguments = Arguments::parse();
    let world = World::new(arguments.latency_ms);
    let identity = proxy::identity()?;
    let door = TcpListener::bind(&arguments.proxy).await?;
    let control_door = TcpListener::bind(&arguments.control).await?;
    println!(
        "{}",
        serde_json::json!({
            "proxy": door.local_addr()?.to_string(),
            "control": format!("http://{}", control_door.local_addr()?),
            "spki_sha256": identity.spki_sha256,
        })
    );
    tokio::spawn(proxy::serve(door, identity, site::router(world.clone()), world.clone()));
    let control = axum::serve(control_door, control::router(world)).into_future();
    tokio::select! {
        served = control => served?,
        () = stdin_closed(), if arguments.exit_with_stdin => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    Ok(())
}

async fn stdin_closed() {
    let mut rest = Vec::new();
    // Whether it ends well or badly, whoever started us is gone.
    let _ = tokio::io::stdin().read_to_end(&mut rest).await;
}
