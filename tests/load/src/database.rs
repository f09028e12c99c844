//! A fresh database of either kind, and questions to it past the server.

use std::path::Path;

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};

use crate::Step;

/// A database that nobody else uses.
#[derive(Debug, Clone)]
pub struct Database {
    /// Its address, as the server takes it.
    pub url: String,
    sqlite: bool,
}

impl Database {
    /// On the PostgreSQL cluster whose maintenance database is at `cluster`, or a SQLite file in `folder`.
    pub async fn fresh(cluster: Option<&str>, folder: &Path) -> Step<Self> {
        let Some(cluster) = cluster else {
            let name = format!("bench-{}.db", uuid::Uuid::new_v4().simple());
            return Ok(Self { url: format!("sqlite:{}", folder.join(name).display()), sqlite: true });
        };
        let name = format!("bench_{}", uuid::Uuid::new_v4().simple());
        let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
        PgConnection::connect(cluster).await?.execute(create).await?;
        let (base, _) = cluster.rsplit_once('/').ok_or("a cluster is named by the address of a database in it")?;
        Ok(Self { url: format!("{base}/{name}"), sqlite: false })
    }

    /// The text for this kind.
    pub fn pick<'a>(&self, sqlite: &'a str, postgres: &'a str) -> &'a str {
        if self.sqlite { sqlite } else { postgres }
    }

    /// Runs a statement.
    pub async fn run(&self, statement: &str) -> Step {
        let sql = AssertSqlSafe(statement.to_owned());
        if self.sqlite {
            SqliteConnection::connect(&self.url).await?.execute(sql).await?;
        } else {
            PgConnection::connect(&self.url).await?.execute(sql).await?;
        }
        Ok(())
    }

    /// The one number that a query gives.
    pub async fn number(&self, query: &str) -> Step<i64> {
        let sql = AssertSqlSafe(query.to_owned());
        Ok(if self.sqlite {
            sqlx::query_scalar(sql).fetch_one(&mut SqliteConnection::connect(&self.url).await?).await?
        } else {
            sqlx::query_scalar(sql).fetch_one(&mut PgConnection::connect(&self.url).await?).await?
        })
    }
}
