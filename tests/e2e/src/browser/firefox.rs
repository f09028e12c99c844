//! Firefox, through Marionette. It gets the extension exactly as it is shipped.

use std::fmt::Write as _;
use std::path::Path;

use marionette::{Marionette, PORT_FILE};
use serde_json::{Value, json};
use tokio::process::Command;

use super::PATIENCE;
use super::remote::Remote;
use crate::process::{Process, until};
use crate::stand_in::StandIn;
use crate::{Step, inputs};

/// Firefox gives every installation an address by chance, unless the profile knows one already.
const ADDRESS: &str = "5b1c54a6-7d3f-4f0e-9c66-3b1f0f2f8a01";

/// Starts it with the extension and everything but loopback behind the stand-in's proxy.
pub async fn start(stand_in: &StandIn, profile: &Path, headless: bool) -> Step<(Process, Remote)> {
    std::fs::write(profile.join("user.js"), preferences(stand_in)?)?;
    let mut command = Command::new(inputs::firefox());
    command.args(["-no-remote", "-marionette", "-remote-allow-system-access", "-profile"]).arg(profile);
    command.args(headless.then_some("-headless"));
    // It talks a lot about what a machine without a screen lacks.
    command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let process = Process::start(&mut command)?;
    let mut firefox = until("Firefox", PATIENCE, || async {
        let port = std::fs::read_to_string(profile.join(PORT_FILE)).ok().and_then(|text| text.trim().parse().ok());
        let Some(port) = port else { return Ok(Err("no remote control yet".to_owned())) };
        Ok(tokio::task::block_in_place(|| Marionette::connect(port)).map_err(|error| error.to_string()))
    })
    .await?;
    tokio::task::block_in_place(|| {
        // The stand-in signs for claude.ai by itself.
        firefox.call("WebDriver:NewSession", &json!({ "acceptInsecureCerts": true }))?;
        firefox.call("Addon:Install", &json!({ "path": inputs::firefox_extension(), "temporary": true }))
    })?;
    Ok((process, Remote::Marionette(firefox.into())))
}

/// Where the extension's pages are.
pub fn origin() -> String {
    format!("moz-extension://{ADDRESS}")
}

/// The id that the manifest states.
pub fn extension_id() -> Step<String> {
    let manifest = std::fs::read(inputs::firefox_extension().join("manifest.json"))?;
    let manifest: Value = serde_json::from_slice(&manifest)?;
    let id = manifest["browser_specific_settings"]["gecko"]["id"].as_str();
    Ok(id.ok_or("the manifest for Firefox states an id")?.to_owned())
}

/// Ends the event page in the way in which Firefox does after its idle time, but also in the middle of something.
pub fn end_background(remote: &Remote) -> Step {
    let script = "const { extension } = WebExtensionPolicy.getByID(args[0]);
        await extension.terminateBackground({ disableResetIdleForTest: true });";
    remote.privileged(script, json!([extension_id()?]))?;
    match background_state(remote)?.as_str() {
        // A page that is open starts the next life at once.
        "stopped" | "starting" => Ok(()),
        other => Err(format!("the background is {other} after it was ended").into()),
    }
}

/// From now on three seconds without anything to do end the event page, rather than thirty.
pub fn shorten_idle_time(remote: &Remote) -> Step {
    remote.privileged("Services.prefs.setIntPref('extensions.background.idle.timeout', 3000);", json!([])).map(drop)
}

/// `stopped`, `starting`, `running` or `suspending`.
pub fn background_state(remote: &Remote) -> Step<String> {
    let script = "return WebExtensionPolicy.getByID(args[0]).extension.backgroundState;";
    Ok(remote.privileged(script, json!([extension_id()?]))?.as_str().unwrap_or_default().to_owned())
}

/// From now on Firefox asks before it grants a permission, as it does for everybody.
pub fn ask_about_permissions(remote: &Remote) -> Step {
    let script = "Services.prefs.setBoolPref('extensions.webextOptionalPermissionPrompts', true);
        Services.prefs.setIntPref('security.notification_enable_delay', 0);";
    remote.privileged(script, json!([])).map(drop)
}

/// Waits for Firefox's question about a permission, answers it as a person does, and gives back its text.
pub fn answer_question(remote: &Remote, allow: bool) -> Step<String> {
    let script = "const window = Services.wm.getMostRecentWindow('navigator:browser');
        const question = () => window.document.querySelector('#notification-popup popupnotification:not([hidden])');
        for (let look = 0; look < 200 && !(question() && window.PopupNotifications.panel.state === 'open'); look += 1) {
            await new Promise((resolve) => window.setTimeout(resolve, 50));
        }
        const shown = question();
        if (!shown) throw new Error('Firefox asks nothing');
        const text = shown.textContent;
        (args[0] ? shown.button : shown.secondaryButton).click();
        return text;";
    Ok(remote.privileged(script, json!([allow]))?.as_str().unwrap_or_default().to_owned())
}

/// The next dialog that asks for a folder is answered with this one.
pub fn answer_dialog(remote: &Remote, folder: &Path) -> Step {
    let script = "const contract = '@mozilla.org/filepicker;1';
        const registrar = Components.manager.QueryInterface(Ci.nsIComponentRegistrar);
        const former = registrar.contractIDToCID(contract);
        const id = Services.uuid.generateUUID();
        const folder = Cc['@mozilla.org/file/local;1'].createInstance(Ci.nsIFile);
        folder.initWithPath(args[0]);
        const dialog = {
            QueryInterface: ChromeUtils.generateQI(['nsIFilePicker']),
            init() {}, appendFilter() {}, appendFilters() {}, appendRawFilter() {}, close() {},
            defaultExtension: '', defaultString: '', filterIndex: 0, displayDirectory: null, displaySpecialDirectory: '',
            addToRecentDocs: false, okButtonLabel: '', capture: 0, mode: Ci.nsIFilePicker.modeGetFolder,
            file: folder, fileURL: null, files: null, domFileOrDirectory: null, domFileOrDirectoryEnumerator: null,
            isModeSupported: async () => true,
            open(answer) {
                registrar.unregisterFactory(id, factory);
                registrar.registerFactory(former, '', contract, null);
                Services.tm.dispatchToMainThread(() => answer.done(Ci.nsIFilePicker.returnOK));
            },
        };
        const factory = {
            QueryInterface: ChromeUtils.generateQI(['nsIFactory']),
            createInstance: (wanted) => dialog.QueryInterface(wanted),
        };
        registrar.registerFactory(id, '', contract, factory);
        // The button of the question that follows rests for a moment otherwise, and who clicks it by program waits for ever.
        Services.prefs.setIntPref('security.dialog_enable_delay', 0);";
    remote.privileged(script, json!([folder])).map(drop)
}

/// Opens the extension's sidebar, which Firefox names after the extension's id.
pub fn open_side(remote: &Remote) -> Step {
    let script = "const { SidebarController } = Services.wm.getMostRecentWindow('navigator:browser');
        await SidebarController.show(`${args[0].replace(/[^a-z0-9_-]/g, '_')}-sidebar-action`);";
    remote.privileged(script, json!([extension_id()?])).map(drop)
}

/// Lets pages see a person who prefers dark or light colours.
pub fn prefer_dark(remote: &Remote, dark: bool) -> Step {
    let script = "Services.prefs.setIntPref('layout.css.prefers-color-scheme.content-override', args[0] ? 0 : 1);";
    remote.privileged(script, json!([dark])).map(drop)
}

/// What a fresh profile has set. Nothing here is about the extension but its address, and that a click which asks for a permission
/// gets it; tests about the question itself switch it on.
fn preferences(stand_in: &StandIn) -> Step<String> {
    let (host, port) = stand_in.proxy.rsplit_once(':').ok_or("the stand-in's proxy has a port")?;
    let host = host.rsplit('/').next().unwrap_or(host);
    let port: u16 = port.parse()?;
    let addresses = json!({ extension_id()?: ADDRESS }).to_string();
    let preferences = [
        ("marionette.port", json!(0)),
        ("extensions.webextensions.uuids", json!(addresses)),
        ("extensions.webextOptionalPermissionPrompts", json!(false)),
        ("network.proxy.type", json!(1)),
        ("network.proxy.http", json!(host)),
        ("network.proxy.http_port", json!(port)),
        ("network.proxy.ssl", json!(host)),
        ("network.proxy.ssl_port", json!(port)),
        // A proxy that fails is not gone round.
        ("network.proxy.failover_direct", json!(false)),
        ("network.trr.mode", json!(5)),
        ("network.captive-portal-service.enabled", json!(false)),
        ("network.connectivity-service.enabled", json!(false)),
        ("browser.aboutwelcome.enabled", json!(false)),
        ("browser.shell.checkDefaultBrowser", json!(false)),
        ("browser.startup.page", json!(0)),
        // Without a graphics card each picture of what moves is drawn by a processor; pages in stock cost as much as those that are wanted.
        ("ui.prefersReducedMotion", json!(1)),
        ("browser.newtab.preload", json!(false)),
        ("dom.ipc.processPrelaunch.enabled", json!(false)),
        ("datareporting.policy.dataSubmissionEnabled", json!(false)),
    ];
    let mut text = String::new();
    for (name, value) in preferences {
        writeln!(text, "user_pref(\"{name}\", {value});")?;
    }
    Ok(text)
}
