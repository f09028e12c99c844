//! The authorisation code flow with one provider, from the button to what the provider says of the person.

use std::collections::BTreeMap;
use std::sync::Arc;

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreResponseType,
    CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AdditionalClaims, AuthType, AuthenticationFlow, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken,
    DiscoveryError, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, IdTokenFields, Nonce,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, StandardErrorResponse,
    StandardTokenResponse, TokenResponse as _, UserInfoClaims, UserInfoError,
};
use openidconnect::{ClaimsVerificationError, OAuth2TokenResponse as _};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::CALLBACK;
use super::discovery::Discovery;
use super::settings::ProviderSettings;
use super::transport::{Transport, TransportError};
use crate::domain::sign_in::{Claims, SignInRefusal};
use crate::token::{PlainToken, TokenHash, TokenKind};

/// One provider. Shared by all requests: it remembers what the provider says about itself.
#[derive(Debug)]
pub struct Provider {
    settings: ProviderSettings,
    redirect: String,
    transport: Transport,
    discovery: Discovery,
}

/// A sign-in that begins.
#[derive(Debug)]
pub struct Begun {
    /// Where the browser goes.
    pub address: String,
    /// Comes back with the person.
    pub state: PlainToken,
    /// Comes back in the ID token.
    pub nonce: PlainToken,
    /// Stays with the browser, in a cookie; it is the PKCE verifier as well. So no database holds what a code can be redeemed with.
    pub browser: PlainToken,
}

/// Why the provider is of no use. The texts are for the log and hold no secret.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// It does not answer.
    #[error("the sign-in provider cannot be reached: {0}")]
    Unreachable(String),
    /// What it answers cannot be believed.
    #[error("the answer of the sign-in provider cannot be used: {0}")]
    Unusable(String),
}

impl ProviderError {
    /// As the person sees it.
    pub fn refusal(&self) -> SignInRefusal {
        match self {
            Self::Unreachable(_) => SignInRefusal::Unreachable,
            Self::Unusable(_) => SignInRefusal::Unverified,
        }
    }

    pub(super) fn of_discovery(error: DiscoveryError<TransportError>) -> Self {
        match error {
            DiscoveryError::Request(error) => Self::of_transport(&error),
            DiscoveryError::Response(status, ..) if status.is_server_error() => {
                Self::Unreachable(format!("its discovery document is answered with {status}"))
            }
            DiscoveryError::Response(status, ..) => {
                Self::Unusable(format!("its discovery document is answered with {status}"))
            }
            error => Self::Unusable(error.to_string()),
        }
    }

    fn of_transport(error: &TransportError) -> Self {
        match error {
            TransportError::Failed(_) => Self::Unreachable(with_causes(error)),
            _ => Self::Unusable(error.to_string()),
        }
    }

    fn of_exchange(error: &RequestTokenError<TransportError, StandardErrorResponse<CoreErrorResponseType>>) -> Self {
        match error {
            RequestTokenError::Request(error) => Self::of_transport(error),
            // The description is the provider's and may quote anything.
            RequestTokenError::ServerResponse(answer) => {
                Self::Unusable(format!("it refused the code with {}", answer.error().as_ref()))
            }
            RequestTokenError::Parse(..) => Self::Unusable("its token answer cannot be read".to_owned()),
            RequestTokenError::Other(what) => Self::Unusable(what.clone()),
        }
    }

    fn of_user_info(error: &UserInfoError<TransportError>) -> Self {
        match error {
            UserInfoError::Request(error) => Self::of_transport(error),
            UserInfoError::ClaimsVerification(error) => Self::Unusable(with_causes(error)),
            UserInfoError::Response(status, ..) => Self::Unusable(format!("its user info is answered with {status}")),
            _ => Self::Unusable("its user info cannot be read".to_owned()),
        }
    }
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let mut texts: Vec<String> = causes.map(ToString::to_string).collect();
    texts.dedup();
    texts.join(": ")
}

impl Provider {
    /// A provider that sends people back to `origin`. Nothing is asked yet.
    pub fn new(settings: ProviderSettings, origin: &str) -> Self {
        Self {
            transport: Transport::new(settings.is_on_this_machine()),
            discovery: Discovery::new(&settings.issuer),
            redirect: format!("{origin}{CALLBACK}"),
            settings,
        }
    }

    /// How it is set up.
    pub fn settings(&self) -> &ProviderSettings {
        &self.settings
    }

    /// Asks whether it answers, as the doctor does.
    ///
    /// # Errors
    ///
    /// [`ProviderError`].
    pub async fn answers(&self) -> Result<(), ProviderError> {
        self.discovery.metadata(&self.transport).await.map(drop)
    }

    /// Draws the secrets of a sign-in and says where the browser goes.
    ///
    /// # Errors
    ///
    /// [`ProviderError`].
    pub async fn begin(&self) -> Result<Begun, ProviderError> {
        let drawn = || PlainToken::draw(TokenKind::SignIn).map_err(|error| ProviderError::Unusable(error.to_string()));
        let (state, nonce, browser) = (drawn()?, drawn()?, drawn()?);
        let metadata = self.discovery.metadata(&self.transport).await?;
        let client = self.client(&metadata)?;
        let verifier = PkceCodeVerifier::new(browser.expose().to_owned());
        let (csrf, once) = (CsrfToken::new(state.expose().to_owned()), Nonce::new(nonce.expose().to_owned()));
        let (address, ..) = client
            .authorize_url(AuthenticationFlow::<CoreResponseType>::AuthorizationCode, move || csrf, move || once)
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .add_scopes(self.settings.scopes.iter().filter(|scope| *scope != "openid").cloned().map(Scope::new))
            .url();
        if !self.transport.permits(address.scheme(), address.host_str().unwrap_or_default()) {
            return Err(ProviderError::Unusable(TransportError::NotHttps.to_string()));
        }
        Ok(Begun { address: address.into(), state, nonce, browser })
    }

    /// Redeems the code and gives what the provider says of the person. The ID token's signature, issuer, audience, lifetime and nonce are
    /// checked; the user info is asked for where the ID token leaves out what `wanted` names, and counts only if it is the same person's.
    ///
    /// # Errors
    ///
    /// [`ProviderError`].
    pub async fn finish<'a>(
        &self,
        code: String,
        browser: &PlainToken,
        nonce: &str,
        wanted: impl Iterator<Item = &'a str>,
    ) -> Result<Claims, ProviderError> {
        let metadata = self.discovery.metadata(&self.transport).await?;
        let client = self.client(&metadata)?;
        let tokens = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| ProviderError::Unusable(error.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(browser.expose().to_owned()))
            .request_async(&self.transport)
            .await
            .map_err(|error| ProviderError::of_exchange(&error))?;
        let said = match verified(&client, &tokens, nonce) {
            // A key that is not known: the provider may have a new one.
            Err(ClaimsVerificationError::SignatureVerification(_)) => {
                let newer = self.discovery.newer(&self.transport, &metadata).await?;
                verified(&self.client(&newer)?, &tokens, nonce)
            }
            verdict => verdict,
        };
        let mut claims = said.map_err(|error| ProviderError::Unusable(with_causes(&error)))?;
        let knows = |claim: &str| claims.contains_key(claim);
        let names = ["preferred_username", "email", "name"];
        if !wanted.into_iter().all(knows) || !names.into_iter().any(knows) {
            for (name, value) in self.user_info(&client, &tokens, &claims).await? {
                claims.entry(name).or_insert(value);
            }
        }
        Ok(Claims(claims))
    }

    async fn user_info(
        &self,
        client: &OidcClient,
        tokens: &Tokens,
        claims: &Map<String, Value>,
    ) -> Result<Map<String, Value>, ProviderError> {
        let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default().to_owned();
        let subject = openidconnect::SubjectIdentifier::new(subject);
        // A provider without user info has said all that it says.
        let Ok(request) = client.user_info(tokens.access_token().clone(), Some(subject)) else { return Ok(Map::new()) };
        let said: Result<UserInfoClaims<AllOthers, CoreGenderClaim>, _> = request.request_async(&self.transport).await;
        said.map(|claims| members(&claims)).map_err(|error| ProviderError::of_user_info(&error))
    }

    fn client(&self, metadata: &Arc<CoreProviderMetadata>) -> Result<OidcClient, ProviderError> {
        let redirect = RedirectUrl::new(self.redirect.clone());
        let redirect = redirect.map_err(|error| ProviderError::Unusable(error.to_string()))?;
        let secret = self.settings.client_secret.as_ref().map(|secret| ClientSecret::new(secret.expose().to_owned()));
        let id = ClientId::new(self.settings.client_id.clone());
        let client = Client::from_provider_metadata(CoreProviderMetadata::clone(metadata), id, secret);
        // Basic is the default of the standard; a provider that leaves it out wants the secret in the form.
        let methods = metadata.token_endpoint_auth_methods_supported();
        let basic = methods.is_none_or(|methods| methods.contains(&CoreClientAuthMethod::ClientSecretBasic));
        let auth = if basic { AuthType::BasicAuth } else { AuthType::RequestBody };
        Ok(client.set_redirect_uri(redirect).set_auth_type(auth))
    }
}

/// The members of a verified ID token.
fn verified(client: &OidcClient, tokens: &Tokens, nonce: &str) -> Result<Map<String, Value>, ClaimsVerificationError> {
    let missing = || ClaimsVerificationError::Other("there is no ID token".to_owned());
    let token = tokens.id_token().ok_or_else(missing)?;
    let verifier = client.id_token_verifier().set_allowed_algs(SIGNED_BY_A_KEY);
    let is_ours = |said: Option<&Nonce>| match said {
        Some(said) if hash_of(said).matches_hex(nonce) => Ok(()),
        _ => Err("the nonce is another sign-in's".to_owned()),
    };
    token.claims(&verifier, is_ours).map(members)
}

fn hash_of(nonce: &Nonce) -> TokenHash {
    PlainToken::presented(nonce.secret()).hash()
}

/// Signatures that only the provider can make: neither none, nor one made with the secret that both know.
const SIGNED_BY_A_KEY: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

fn members(claims: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(claims) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

/// Claims beyond the standard's own, such as groups.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct AllOthers {
    #[serde(flatten)]
    members: BTreeMap<String, Value>,
}

impl AdditionalClaims for AllOthers {}

type Tokens = StandardTokenResponse<
    IdTokenFields<
        AllOthers,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;

type OidcClient = Client<
    AllOthers,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;
