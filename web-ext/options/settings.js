// What a person has switched on. Each switch that needs a permission asks for it in its own click.

const NOTIFICATIONS = { permissions: ["notifications"] };
const USAGE_CONSENT = { data_collection: ["websiteActivity"] };

/** Whether notifications are switched on and the browser allows them. */
export async function notificationsAllowed() {
  const { settings } = await chrome.storage.local.get("settings");
  return Boolean(settings?.notifications) && chrome.permissions.contains(NOTIFICATIONS);
}

/** Switches them on or off; whether they are on afterwards. Off gives the permission back. Has to be called in the click itself. */
export async function switchNotifications(wanted) {
  const granted = wanted ? await chrome.permissions.request(NOTIFICATIONS).catch(() => false) : false;
  await keep({ notifications: granted });
  // A build that has the permission for good cannot give it back.
  if (!wanted) await chrome.permissions.remove(NOTIFICATIONS).catch(() => false);
  return granted;
}

/** Firefox keeps a consent of its own for what leaves the browser; it has to be asked for in the click itself. */
export async function agreeToUsage() {
  const firefox = chrome.runtime.getManifest().browser_specific_settings !== undefined;
  return !firefox || chrome.permissions.request(USAGE_CONSENT).catch(() => false);
}

async function keep(some) {
  const { settings } = await chrome.storage.local.get("settings");
  await chrome.storage.local.set({ settings: { ...settings, ...some } });
}
