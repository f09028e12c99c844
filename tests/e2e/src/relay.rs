//! Stands between the browser and the server and holds a request on order: before the server has it, or before the browser has the
//! answer. What was held breaks off when it is let go.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{self, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::Step;

/// A running relay. It ends with its value.
#[derive(Debug)]
pub struct Relay {
    port: u16,
    orders: Arc<Orders>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Orders {
    next: Mutex<Option<Order>>,
    held: Mutex<u64>,
    let_go: watch::Sender<()>,
}

/// What is to be held, once.
#[derive(Debug, Clone)]
struct Order {
    request: String,
    carried_out: bool,
}

/// Requests begin with one of these. Browsers send a request's first line in one piece.
const VERBS: [&[u8]; 4] = [b"GET ", b"POST ", b"PUT ", b"DELETE "];

impl Relay {
    /// Starts one before the server on this port.
    ///
    /// # Errors
    ///
    /// It cannot listen.
    pub async fn start(server: u16) -> Step<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let (port, orders) = (listener.local_addr()?.port(), Arc::new(Orders::default()));
        let task = tokio::spawn(serve(listener, server, Arc::clone(&orders)));
        Ok(Self { port, orders, task })
    }

    /// Its address for the browser.
    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The next request whose first line holds this text is held; `carried_out`: the server has answered it by then.
    pub fn hold(&self, request: &str, carried_out: bool) {
        *lock(&self.orders.next) = Some(Order { request: request.to_owned(), carried_out });
    }

    /// How many were held so far.
    pub fn held(&self) -> u64 {
        *lock(&self.orders.held)
    }

    /// Lets go of what is held, and takes back what is ordered.
    pub fn let_go(&self) {
        *lock(&self.orders.next) = None;
        self.orders.let_go.send_replace(());
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Orders {
    /// The order that this piece of a connection fulfils.
    fn take(&self, piece: &[u8]) -> Option<Order> {
        let begins = VERBS.iter().any(|verb| piece.starts_with(verb));
        let line = String::from_utf8_lossy(piece.split(|byte| *byte == b'\r').next().unwrap_or_default());
        lock(&self.next).take_if(|order| begins && line.contains(&order.request))
    }

    async fn hold(&self) {
        let mut let_go = self.let_go.subscribe();
        *lock(&self.held) += 1;
        // The sender lives as long as this.
        let _ = let_go.changed().await;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(listener: TcpListener, server: u16, orders: Arc<Orders>) {
    while let Ok((browser, _)) = listener.accept().await {
        let orders = Arc::clone(&orders);
        tokio::spawn(async move {
            // A side that goes away ends the connection, which the other side sees.
            let _ = connection(browser, server, &orders).await;
        });
    }
}

async fn connection(browser: TcpStream, server: u16, orders: &Orders) -> io::Result<()> {
    let server = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).await?;
    let ((from_browser, mut to_browser), (mut from_server, to_server)) = (browser.into_split(), server.into_split());
    let (answer_is_held, mut hold_answer) = watch::channel(false);
    let asked = requests(from_browser, to_server, orders, &answer_is_held);
    let answered = async {
        let mut piece = vec![0; 64 * 1024];
        loop {
            let length = from_server.read(&mut piece).await?;
            if *hold_answer.borrow_and_update() {
                orders.hold().await;
                return io::Result::Ok(());
            }
            if length == 0 {
                return Ok(());
            }
            to_browser.write_all(&piece[..length]).await?;
        }
    };
    tokio::select! { ended = asked => ended, ended = answered => ended }
}

async fn requests(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    orders: &Orders,
    answer_is_held: &watch::Sender<bool>,
) -> io::Result<()> {
    let mut piece = vec![0; 64 * 1024];
    loop {
        let length = from.read(&mut piece).await?;
        if length == 0 {
            return Ok(());
        }
        match orders.take(&piece[..length]) {
            Some(Order { carried_out: false, .. }) => {
                orders.hold().await;
                return Ok(());
            }
            Some(_) => answer_is_held.send_replace(true),
            None => false,
        };
        to.write_all(&piece[..length]).await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orders(request: &str) -> Orders {
        let orders = Orders::default();
        *lock(&orders.next) = Some(Order { request: request.to_owned(), carried_out: true });
        orders
    }

    #[test]
    fn an_order_is_for_one_request_with_the_text_in_its_first_line() {
        let orders = orders("/complete");
        for other in [&b"GET /poll HTTP/1.1\r\nx: /complete\r\n"[..], b"{\"body\": \"/complete\"}"] {
            assert!(orders.take(other).is_none());
        }
        assert!(orders.take(b"POST /x/complete HTTP/1.1\r\n").is_some());
        assert!(orders.take(b"POST /x/complete HTTP/1.1\r\n").is_none());
    }
}
