//! What a request proves and brings: its bearer, its session, its address, its checked fields.

pub mod address;
pub mod bearer;
pub mod body;
pub mod caller;
pub mod fields;
pub mod machine;
pub mod ui;
