//! Many rows in one statement: a JSON array that each database reads as a table named `given`.
//!
//! A way to PostgreSQL costs more than what most statements do there, so that a thousand rows must not take a thousand ways.

use uuid::Uuid;

/// Two texts of one statement over the rows of `$1`, for SQLite and PostgreSQL, after how each of them reads the columns of `given`.
/// A statement that joins names `given` first and says `CROSS JOIN`: SQLite then goes from the few rows to the many.
macro_rules! over_rows {
    ([$($sqlite:literal),* $(,)?], [$($postgres:literal),* $(,)?], $($statement:expr),+ $(,)?) => {
        (
            concat!("WITH given AS (SELECT ", $($sqlite, ", ",)* "key AS place FROM json_each($1)) ", $($statement),+),
            concat!(
                "WITH given AS MATERIALIZED (SELECT ", $($postgres, ", ",)*
                "place FROM jsonb_array_elements($1) WITH ORDINALITY AS given (value, place)) ",
                $($statement),+
            ),
        )
    };
}
pub(super) use over_rows;

/// Two texts of one statement about the rows whose column is one of the texts of the array `$1`, for SQLite and PostgreSQL: what stands
/// before the column, the column, what comes after. PostgreSQL takes such an array for a few and looks each of them up; of rows that it
/// joins it expects so many that it would rather read a whole table for one.
macro_rules! with_texts {
    ([$($before:expr),+ $(,)?], $column:literal, [$($after:expr),+ $(,)?] $(,)?) => {
        (
            concat!($($before,)+ $column, " IN (SELECT value FROM json_each($1)) ", $($after),+),
            concat!($($before,)+ $column, " = ANY (ARRAY(SELECT jsonb_array_elements_text($1))) ", $($after),+),
        )
    };
}
pub(super) use with_texts;

/// How an id is written into such an array.
pub(super) fn id(id: Uuid) -> String {
    id.simple().to_string()
}
