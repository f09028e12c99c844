//! Column types that both databases take.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo, PgValueFormat, PgValueRef};
use sqlx::sqlite::{SqliteArgumentsBuffer, SqliteTypeInfo, SqliteValueRef};
use sqlx::{Decode, Encode, Postgres, Sqlite, Type};

use crate::time::Timestamp;

/// Microseconds between 1970 and 2000, where PostgreSQL begins to count.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;

impl Type<Sqlite> for Timestamp {
    fn type_info() -> SqliteTypeInfo {
        <i64 as Type<Sqlite>>::type_info()
    }
}

impl Encode<'_, Sqlite> for Timestamp {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        <i64 as Encode<'_, Sqlite>>::encode_by_ref(&self.0, buffer)
    }
}

impl<'r> Decode<'r, Sqlite> for Timestamp {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        <i64 as Decode<'r, Sqlite>>::decode(value).map(Self)
    }
}

impl Type<Postgres> for Timestamp {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("TIMESTAMPTZ")
    }
}

impl Encode<'_, Postgres> for Timestamp {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <i64 as Encode<'_, Postgres>>::encode_by_ref(&self.0.saturating_sub(POSTGRES_EPOCH), buffer)
    }
}

impl<'r> Decode<'r, Postgres> for Timestamp {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        let micros: [u8; 8] = binary(&value)?.try_into()?;
        Ok(Self(i64::from_be_bytes(micros).saturating_add(POSTGRES_EPOCH)))
    }
}

/// An address: text on SQLite, `inet` on PostgreSQL.
#[derive(Debug, Clone, Copy)]
pub struct SourceIp(pub IpAddr);

const FAMILY_V4: u8 = 2;
const FAMILY_V6: u8 = 3;

impl Type<Sqlite> for SourceIp {
    fn type_info() -> SqliteTypeInfo {
        <String as Type<Sqlite>>::type_info()
    }
}

impl Encode<'_, Sqlite> for SourceIp {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        <String as Encode<'_, Sqlite>>::encode(self.0.to_string(), buffer)
    }
}

impl<'r> Decode<'r, Sqlite> for SourceIp {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(<String as Decode<'r, Sqlite>>::decode(value)?.parse()?))
    }
}

impl Type<Postgres> for SourceIp {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("INET")
    }
}

impl Encode<'_, Postgres> for SourceIp {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        match self.0 {
            IpAddr::V4(address) => {
                buffer.extend_from_slice(&[FAMILY_V4, 32, 0, 4]);
                buffer.extend_from_slice(&address.octets());
            }
            IpAddr::V6(address) => {
                buffer.extend_from_slice(&[FAMILY_V6, 128, 0, 16]);
                buffer.extend_from_slice(&address.octets());
            }
        }
        Ok(IsNull::No)
    }
}

impl<'r> Decode<'r, Postgres> for SourceIp {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        match binary(&value)? {
            [FAMILY_V4, _, _, 4, octets @ ..] => Ok(Self(Ipv4Addr::from(<[u8; 4]>::try_from(octets)?).into())),
            [FAMILY_V6, _, _, 16, octets @ ..] => Ok(Self(Ipv6Addr::from(<[u8; 16]>::try_from(octets)?).into())),
            _ => Err("not an inet value".into()),
        }
    }
}

fn binary<'v>(value: &'v PgValueRef<'_>) -> Result<&'v [u8], BoxDynError> {
    match value.format() {
        PgValueFormat::Binary => value.as_bytes(),
        PgValueFormat::Text => Err("expected the binary protocol".into()),
    }
}
