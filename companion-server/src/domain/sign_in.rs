//! Signing in with a provider of [OpenID Connect](https://openid.net/specs/openid-connect-core-1_0.html): whom the server lets in,
//! as what, and how it says no. What a provider says of a person is judged here; how it is asked is no part of this.

use std::str::FromStr;

use serde_json::{Map, Value};

use super::people::Role;

/// Characters of a person's name at most.
const NAME_AT_MOST: usize = 64;
/// Characters of a provider's name for a person at most (OpenID Connect Core, 2).
const SUBJECT_AT_MOST: usize = 255;

/// Whom a provider's word lets in, and as what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdmissionRules {
    /// Domains of e-mail addresses; one of them must be the person's. `None` lets every address in, and those without one.
    pub domains: Option<Vec<String>>,
    /// What the provider must say of a person.
    pub required: Option<ClaimRule>,
    /// What makes an admin. Without it roles are given on this server.
    pub admin: Option<ClaimRule>,
}

/// A claim with a value, written `NAME=VALUE`: the claim is this text, or a list that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRule {
    /// The claim's name.
    pub name: String,
    /// The text that it must be or hold.
    pub value: String,
}

/// Not of the form `NAME=VALUE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be NAME=VALUE, as in groups=skill-team")]
pub struct NotARule;

/// What a provider says of a person: the members of the ID token and of the user info, unjudged.
#[derive(Debug, Clone, Default)]
pub struct Claims(pub Map<String, Value>);

/// Somebody who may come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    /// The provider's name for them, which never changes.
    pub subject: String,
    /// What to call them here, if nobody is called that yet.
    pub name: String,
    /// What they are; `None` leaves it as it is, a member at first.
    pub role: Option<Role>,
}

macro_rules! refusals {
    ($($(#[doc = $doc:literal])* $name:ident = $code:literal, $status:literal, $sentence:literal, $action:literal;)*) => {
        /// Why somebody is not signed in. Each is shown with its sentence and the one thing to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum SignInRefusal { $($(#[doc = $doc])* $name,)* }
        impl SignInRefusal {
            /// All of them.
            pub const ALL: &'static [SignInRefusal] = &[$(SignInRefusal::$name,)*];
            /// The stable code, on the page and in the audit log.
            pub const fn code(self) -> &'static str { match self { $(Self::$name => $code,)* } }
            /// The HTTP status of the page.
            pub const fn status(self) -> u16 { match self { $(Self::$name => $status,)* } }
            /// What is the matter.
            pub const fn sentence(self) -> &'static str { match self { $(Self::$name => $sentence,)* } }
            /// What to do about it.
            pub const fn action(self) -> &'static str { match self { $(Self::$name => $action,)* } }
        }
    };
}

refusals! {
    /// The provider does not answer, or says that it cannot at the moment.
    Unreachable = "provider_unreachable", 503,
        "The sign-in provider does not answer at the moment.",
        "Try again in a minute, or log in in another way.";
    /// The provider answered what cannot be believed: a wrong signature, nonce or code, or a configuration that does not fit.
    Unverified = "provider_unverified", 502,
        "The answer of the sign-in provider could not be verified.",
        "Sign in once more. If that does not help, an admin finds the reason in the server's log.";
    /// The person, or the provider, said no.
    Denied = "sign_in_denied", 403,
        "The sign-in provider did not let you in, or you cancelled.",
        "Sign in once more, with an account that may use Skillferry.";
    /// Begun elsewhere, used already, or too long ago.
    Expired = "sign_in_expired", 400,
        "This sign-in was begun in another browser, was used already, or took longer than ten minutes.",
        "Sign in once more.";
    /// An address of a domain that may not come in, or none.
    WrongDomain = "domain_not_allowed", 403,
        "Your e-mail address does not belong to a domain that may sign in here.",
        "Sign in with your team's account.";
    /// An address that may be anybody's.
    UnverifiedAddress = "email_not_verified", 403,
        "The sign-in provider has not verified your e-mail address.",
        "Have it verified there, then sign in once more.";
    /// The required claim is missing.
    NotInTheGroup = "claim_missing", 403,
        "You are not in the group that may sign in here.",
        "Ask an admin to add you to it, then sign in once more.";
    /// Kept out by an admin.
    Disabled = "user_disabled", 403,
        "An admin has switched your access off.",
        "Ask an admin to switch it on again.";
}

impl AdmissionRules {
    /// Lets somebody in or says why not. Nothing that the provider did not verify counts.
    ///
    /// # Errors
    ///
    /// The [`SignInRefusal`] of the first rule that fails; `Unverified` where no usable subject is named.
    pub fn judge(&self, claims: &Claims) -> Result<Guest, SignInRefusal> {
        let subject = claims.text("sub").filter(|subject| is_subject(subject)).ok_or(SignInRefusal::Unverified)?;
        if let Some(domains) = &self.domains {
            let address = claims.text("email").ok_or(SignInRefusal::WrongDomain)?;
            if !domains.iter().any(|domain| is_of(address, domain)) {
                return Err(SignInRefusal::WrongDomain);
            }
            if !claims.address_is_verified() {
                return Err(SignInRefusal::UnverifiedAddress);
            }
        }
        if self.required.as_ref().is_some_and(|rule| !rule.holds(claims)) {
            return Err(SignInRefusal::NotInTheGroup);
        }
        let role = self.admin.as_ref().map(|rule| if rule.holds(claims) { Role::Admin } else { Role::Member });
        Ok(Guest { subject: subject.to_owned(), name: claims.name(subject), role })
    }

    /// The claims that these rules look at.
    pub fn looks_at(&self) -> impl Iterator<Item = &str> {
        let address = self.domains.is_some().then_some(["email", "email_verified"]).into_iter().flatten();
        address.chain(self.required.iter().chain(&self.admin).map(|rule| rule.name.as_str()))
    }
}

impl ClaimRule {
    /// Whether the provider says so.
    pub fn holds(&self, claims: &Claims) -> bool {
        match claims.0.get(&self.name) {
            Some(Value::Array(items)) => items.iter().any(|item| self.is(item)),
            Some(value) => self.is(value),
            None => false,
        }
    }

    fn is(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => *text == self.value,
            Value::Bool(flag) => flag.to_string() == self.value,
            _ => false,
        }
    }
}

impl FromStr for ClaimRule {
    type Err = NotARule;
    fn from_str(text: &str) -> Result<Self, NotARule> {
        let (name, value) = text.split_once('=').ok_or(NotARule)?;
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() || value.is_empty() {
            return Err(NotARule);
        }
        Ok(Self { name: name.to_owned(), value: value.to_owned() })
    }
}

impl Claims {
    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// Some providers write truth as a text.
    fn address_is_verified(&self) -> bool {
        matches!(self.0.get("email_verified"), Some(Value::Bool(true))) || self.text("email_verified") == Some("true")
    }

    /// What a colleague would recognise them by. A name says nothing about who somebody is: that is the subject.
    fn name(&self, subject: &str) -> String {
        let candidates = ["preferred_username", "email", "name"].into_iter().filter_map(|claim| self.text(claim));
        let tidy = |text: &str| {
            let visible: String = text.chars().filter(|letter| !letter.is_control()).take(NAME_AT_MOST).collect();
            visible.trim().to_owned()
        };
        candidates.map(tidy).find(|name| !name.is_empty()).unwrap_or_else(|| tidy(subject))
    }
}

/// ASCII without a space and not too long: what can stand behind an issuer and a space. PostgreSQL takes no NUL either.
fn is_subject(text: &str) -> bool {
    !text.is_empty() && text.len() <= SUBJECT_AT_MOST && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The whole domain counts, in any letter case: `team.example` is neither `evil-team.example` nor `x.team.example`.
fn is_of(address: &str, domain: &str) -> bool {
    address.rsplit_once('@').is_some_and(|(name, of)| !name.is_empty() && of.eq_ignore_ascii_case(domain))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn claims(value: Value) -> Claims {
        Claims(value.as_object().expect("an object").clone())
    }

    fn rules() -> AdmissionRules {
        AdmissionRules {
            domains: Some(vec!["team.example".to_owned(), "Other.example".to_owned()]),
            required: Some("groups=skills".parse().expect("a rule")),
            admin: Some("groups=owners".parse().expect("a rule")),
        }
    }

    fn ada() -> Value {
        json!({ "sub": "1", "email": "ada@team.example", "email_verified": true, "groups": ["skills"] })
    }

    fn with(changes: Value) -> Claims {
        let mut claims = claims(ada());
        claims.0.extend(changes.as_object().expect("an object").clone());
        claims
    }

    #[test]
    fn rules_in_their_order() {
        use SignInRefusal::*;
        for (changes, verdict) in [
            (json!({}), Ok(Role::Member)),
            (json!({ "groups": ["skills", "owners"] }), Ok(Role::Admin)),
            (json!({ "email": "ada@OTHER.example" }), Ok(Role::Member)),
            (json!({ "email_verified": "true" }), Ok(Role::Member)),
            (json!({ "groups": "skills" }), Ok(Role::Member)),
            (json!({ "groups": "owners" }), Err(NotInTheGroup)),
            (json!({ "groups": null }), Err(NotInTheGroup)),
            (json!({ "groups": [["skills"], 1] }), Err(NotInTheGroup)),
            (json!({ "email_verified": false }), Err(UnverifiedAddress)),
            (json!({ "email_verified": null }), Err(UnverifiedAddress)),
            (json!({ "email_verified": 1 }), Err(UnverifiedAddress)),
            (json!({ "email": null }), Err(WrongDomain)),
            (json!({ "email": "team.example" }), Err(WrongDomain)),
            (json!({ "email": "@team.example" }), Err(WrongDomain)),
            (json!({ "email": "a@team.example.evil.example" }), Err(WrongDomain)),
            (json!({ "email": "a@x.team.example" }), Err(WrongDomain)),
            (json!({ "email": "ada@team.example@evil.example" }), Err(WrongDomain)),
            (json!({ "sub": "" }), Err(Unverified)),
            (json!({ "sub": 1 }), Err(Unverified)),
            (json!({ "sub": "a b" }), Err(Unverified)),
            (json!({ "sub": "a\u{0}" }), Err(Unverified)),
        ] {
            let judged = rules().judge(&with(changes.clone()));
            assert_eq!(judged.map(|guest| guest.role.expect("mapped")), verdict, "{changes}");
        }
    }

    #[test]
    fn without_rules_the_provider_decides() {
        let open = AdmissionRules { domains: None, required: None, admin: None };
        let guest = open.judge(&claims(json!({ "sub": "x-1" }))).expect("let in");
        assert_eq!((guest.name.as_str(), guest.role), ("x-1", None));
        assert_eq!(open.looks_at().count(), 0);
        assert_eq!(rules().looks_at().collect::<Vec<_>>(), ["email", "email_verified", "groups", "groups"]);
    }

    #[test]
    fn names_are_taken_from_what_is_there() {
        let name = |value: Value| with(value).name("1");
        assert_eq!(name(json!({ "preferred_username": "ada" })), "ada");
        assert_eq!(name(json!({ "preferred_username": " \u{7} " })), "ada@team.example");
        assert_eq!(name(json!({ "email": null, "name": "Ada\nL." })), "AdaL.");
        assert_eq!(name(json!({ "preferred_username": "é".repeat(99) })).chars().count(), 64);
    }

    #[test]
    fn rules_have_a_form() {
        for text in ["", "groups", "=x", "groups=", " = "] {
            assert_eq!(text.parse::<ClaimRule>(), Err(NotARule), "{text:?}");
        }
        let rule: ClaimRule = "roles = a=b".parse().expect("a rule");
        assert_eq!((rule.name.as_str(), rule.value.as_str()), ("roles", "a=b"));
    }

    #[test]
    fn every_refusal_is_a_named_state() {
        for refusal in SignInRefusal::ALL {
            assert!((400..600).contains(&refusal.status()));
            assert!(refusal.sentence().ends_with('.') && refusal.action().ends_with('.'));
            assert_eq!(SignInRefusal::ALL.iter().filter(|other| other.code() == refusal.code()).count(), 1);
        }
    }

    fn anything() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            prop_oneof!["skills", "owners", "true", "[a-z]{0,3}@(team|evil)\\.example", "\\PC{0,80}"]
                .prop_map(Value::from),
        ];
        leaf.prop_recursive(2, 8, 4, |inner| prop::collection::vec(inner, 0..4).prop_map(Value::from))
    }

    proptest! {
        #[test]
        fn nobody_comes_in_without_all_that_is_asked(sub in anything(), email in anything(), verified in anything(), groups in anything()) {
            let claims = claims(json!({ "sub": sub, "email": email, "email_verified": verified, "groups": groups }));
            if let Ok(guest) = rules().judge(&claims) {
                let address = email.as_str().expect("an address").to_lowercase();
                prop_assert!(address.ends_with("@team.example") || address.ends_with("@other.example"));
                prop_assert!(verified == json!(true) || verified == json!("true"));
                prop_assert!(groups == json!("skills") || groups.as_array().is_some_and(|all| all.contains(&json!("skills"))));
                prop_assert!(!guest.name.is_empty() && guest.name.chars().count() <= NAME_AT_MOST);
                prop_assert!(!guest.subject.contains(' '));
            }
        }
    }
}
