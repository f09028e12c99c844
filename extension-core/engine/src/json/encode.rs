//! From a type of ours to [`Json`].

use std::collections::BTreeMap;

use serde::ser::{
    Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, Serializer,
};

use super::decode::Mismatch;
use super::{Json, transfer};

pub(super) struct Encoder;

impl Serializer for Encoder {
    type Ok = Json;
    type Error = Mismatch;
    type SerializeSeq = Items;
    type SerializeTuple = Impossible<Json, Mismatch>;
    type SerializeTupleStruct = Impossible<Json, Mismatch>;
    type SerializeTupleVariant = Impossible<Json, Mismatch>;
    type SerializeMap = Members;
    type SerializeStruct = Members;
    type SerializeStructVariant = Variant;

    fn serialize_bool(self, value: bool) -> Result<Json, Mismatch> {
        Ok(Json::Bool(value))
    }

    fn serialize_i8(self, value: i8) -> Result<Json, Mismatch> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<Json, Mismatch> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<Json, Mismatch> {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<Json, Mismatch> {
        Ok(transfer::number(value))
    }

    fn serialize_u8(self, value: u8) -> Result<Json, Mismatch> {
        self.serialize_i64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<Json, Mismatch> {
        self.serialize_i64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<Json, Mismatch> {
        self.serialize_i64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<Json, Mismatch> {
        self.serialize_i64(i64::try_from(value).map_err(|_| Mismatch)?)
    }

    fn serialize_f32(self, value: f32) -> Result<Json, Mismatch> {
        Ok(Json::Number(value.into()))
    }

    fn serialize_f64(self, value: f64) -> Result<Json, Mismatch> {
        Ok(Json::Number(value))
    }

    fn serialize_char(self, value: char) -> Result<Json, Mismatch> {
        Ok(Json::Text(value.into()))
    }

    fn serialize_str(self, value: &str) -> Result<Json, Mismatch> {
        Ok(Json::Text(value.to_owned()))
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<Json, Mismatch> {
        Err(Mismatch)
    }

    fn serialize_none(self) -> Result<Json, Mismatch> {
        Ok(Json::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Json, Mismatch> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Json, Mismatch> {
        Ok(Json::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Json, Mismatch> {
        Ok(Json::Null)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Result<Json, Mismatch> {
        self.serialize_str(name)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<Json, Mismatch> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Result<Json, Mismatch> {
        Ok(named(name, value.serialize(self)?))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items, Mismatch> {
        Ok(Items(Vec::new()))
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Mismatch> {
        Err(Mismatch)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Mismatch> {
        Err(Mismatch)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Mismatch> {
        Err(Mismatch)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Members, Mismatch> {
        Ok(Members::default())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Members, Mismatch> {
        Ok(Members::default())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Variant, Mismatch> {
        Ok(Variant { name: variant, members: Members::default() })
    }
}

impl serde::ser::Error for Mismatch {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self
    }
}

pub(super) struct Items(Vec<Json>);

impl SerializeSeq for Items {
    type Ok = Json;
    type Error = Mismatch;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Mismatch> {
        self.0.push(value.serialize(Encoder)?);
        Ok(())
    }

    fn end(self) -> Result<Json, Mismatch> {
        Ok(Json::List(self.0))
    }
}

#[derive(Default)]
pub(super) struct Members {
    members: BTreeMap<String, Json>,
    key: Option<String>,
}

impl SerializeMap for Members {
    type Ok = Json;
    type Error = Mismatch;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Mismatch> {
        match key.serialize(Encoder)? {
            Json::Text(text) => self.key = Some(text),
            _ => return Err(Mismatch),
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Mismatch> {
        self.members.insert(self.key.take().ok_or(Mismatch)?, value.serialize(Encoder)?);
        Ok(())
    }

    fn end(self) -> Result<Json, Mismatch> {
        Ok(Json::Object(self.members))
    }
}

impl SerializeStruct for Members {
    type Ok = Json;
    type Error = Mismatch;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Mismatch> {
        self.members.insert(key.to_owned(), value.serialize(Encoder)?);
        Ok(())
    }

    fn end(self) -> Result<Json, Mismatch> {
        Ok(Json::Object(self.members))
    }
}

/// `{"name": {members}}`
pub(super) struct Variant {
    name: &'static str,
    members: Members,
}

impl SerializeStructVariant for Variant {
    type Ok = Json;
    type Error = Mismatch;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Mismatch> {
        SerializeStruct::serialize_field(&mut self.members, key, value)
    }

    fn end(self) -> Result<Json, Mismatch> {
        Ok(named(self.name, Json::Object(self.members.members)))
    }
}

/// `{"name": content}`
fn named(name: &str, content: Json) -> Json {
    let mut members = BTreeMap::new();
    members.insert(name.to_owned(), content);
    Json::Object(members)
}
