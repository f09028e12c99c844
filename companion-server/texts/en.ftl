# Texts of the dashboard. Keys are the same in every language; a test holds them together.

skip = Skip to the page
nav = Pages
nav-overview = Overview
nav-skills = Skills
nav-collections = Collections
nav-browsers = Browsers
nav-conflicts = Conflicts
nav-held = Held changes
nav-queue = Queue
nav-activity = Activity
nav-health = Health
nav-settings = Settings
log-out = Log out
offline = The server does not answer. This page shows what was last known and goes on by itself.
footer = Skillferry uses your own browser and is not made or endorsed by Anthropic.
missing-title = There is nothing here
missing-sentence = What stood at this address was removed, or never was.
admins-title = This page is for admins
missing-action = Go to the overview

never = never
none = none
yes = yes
no = no
unknown = unknown
save = Save
retry = Retry
search = Search
search-go = Search
search-none = Nothing matches.
search-clear = Show everything
filter-state = State
filter-any = All
pages = Further pages
pages-before = Back
pages-after = On
pages-here = Page { $count } of { $all }

age-now = just now
age-seconds = less than a minute ago
age-minutes = { $count ->
    [one] a minute ago
   *[other] { $count } minutes ago
}
age-hours = { $count ->
    [one] an hour ago
   *[other] { $count } hours ago
}
age-days = { $count ->
    [one] a day ago
   *[other] { $count } days ago
}

overview-title = Is everything in step?
verdict-in-step = Yes. Every skill of your library is in every account.
verdict-waiting = { $count ->
    [one] One skill is on its way.
   *[other] { $count } skills are on their way.
}
verdict-attention = { $count ->
    [one] One thing waits for you.
   *[other] { $count } things wait for you.
}
verdict-empty = Your library is empty.
verdict-alone = Your skills wait for a browser.
first-library = Put a folder with a SKILL.md into your library. It appears here by itself.
first-library-action = How that looks
first-connect = { $count ->
    [one] Your library has a skill. Connect the browser in which you use claude.ai, and it goes there.
   *[other] Your library has { $count } skills. Connect the browser in which you use claude.ai, and they go there.
}
first-connect-action = Connect a browser
figure-all = All skills

todo-look = Look
todo-held = { $count ->
    [one] A change of many skills at once waits for your word.
   *[other] { $count } changes of many skills at once wait for your word.
}
todo-conflicts = { $count ->
    [one] One skill changed on both sides.
   *[other] { $count } skills changed on both sides.
}
todo-failed = { $count ->
    [one] One operation has failed.
   *[other] { $count } operations have failed.
}
todo-failed-action = See why
todo-drift = { $count ->
    [one] claude.ai answered once differently than the extension expects.
   *[other] claude.ai answered { $count } times differently than the extension expects.
}
todo-refused = { $count ->
    [one] One folder cannot go to claude.ai as it is.
   *[other] { $count } folders cannot go to claude.ai as they are.
}
todo-refused-action = See what is missing
todo-library-missing = The library folder { $name } has vanished or cannot be read. Nothing is removed; bring it back and it goes on by itself.
todo-library = Not everything of the library folder could be kept: { $name }
todo-signed-out = { $name } is signed out of claude.ai. Sign in there; the work goes on by itself.
todo-signed-out-action = Open claude.ai
todo-browser = { $name } needs a look.
waiting-title = What waits for you
waiting-none = Nothing. Everything goes on by itself.

charts-title = The last days
chart-syncs = Skills brought to claude.ai, by day
chart-ages = How long operations have been waiting
chart-browsers = Operations of each browser in the last 24 hours
chart-uses = Uses of skills, by day
chart-used = The skills that were used most in 7 days
chart-skill = Skill
chart-uses-count = Uses
chart-day = Day (UTC)
chart-age = Age
chart-done = Done
chart-failed = Failed
chart-waiting = Waiting
chart-nothing = Nothing to show yet.
chart-table = As a table
chart-summary = { $name }. { $count } in all; the table below has the figures.
range-minute = < 1 min
range-ten-minutes = < 10 min
range-hour = < 1 h
range-day = < 1 day
range-older = older

health-title = Connector health
health-errors = Browsers with errors
health-failed = Failed operations
health-pending = Waiting operations
health-conflicts = Conflicts
health-schema = Schema
health-diagnostic = Diagnostic
health-again = Check again
health-now = Checked just now.
health-copy-title = For a report
health-copy-sentence = The same as text. It holds no token, name or address.
health-copy = Copy as text
health-copied = Copied.

state-in-step = In step
state-waiting = On its way
state-held = Held
state-conflict = Conflict
state-failed = Failed
state-apart = Not everywhere
state-off = Switched off
state-alone = Waits for a browser
state-refused = Not taken

library-none = The server follows no folder.
skills-count = { $count ->
    [one] One skill
   *[other] { $count } skills
}
skills-refused = Folders that cannot go to claude.ai
skills-refused-count = { $count ->
    [one] One folder was not taken.
   *[other] { $count } folders were not taken.
}
skills-none = No skill yet
skills-none-sentence = A skill is a folder with a SKILL.md in it. Put one into your library folder, and it appears here by itself.
skill-repaired-short = repaired
skill-where = Where it is
skill-where-none = No browser is paired.
skill-seen = seen { $name }
skill-sync-off = Do not keep in step
skill-sync-off-hint = Nothing on claude.ai is touched; it stays there as it is.
skill-sync-on = Keep in step
skill-sync-on-hint = It goes to every paired browser’s account.
skill-about = About it
skill-folder = Folder
skill-own = made on this server
skill-changed = Changed
skill-uses = Uses on claude.ai
skill-uses-count = { $count } in the last 7 days, { $all } in all
skill-repairs = Repaired for claude.ai
skill-repairs-sentence = claude.ai would refuse the folder as it is, so this is changed on the way. Your files stay as they are.
skill-history = History
version = version { $count }
version-latest = in force
version-changes = What changed
version-same-text = The text is the same as before.
version-restore = Restore
versions-older = { $count ->
    [one] One older version is kept as well.
   *[other] { $count } older versions are kept as well.
}
operation-taken = { $name }: a browser is at it
operation-attempts = { $count ->
    [0] { $name }: waits
    [one] { $name }: tried once
   *[other] { $name }: tried { $count } times
}
diff-before = Line before
diff-after = Line after
diff-sign = Change
diff-text = Text
diff-of = Changes of { $name }
diff-binary = No text, so its changes cannot be shown.
diff-too-much = Too much of it has changed to be shown here line by line.

kind-upload = Upload
kind-update = Update
kind-delete = Removal
kind-list = Listing
kind-fetch-one = Download
kind-publish-group = Publishing of groups

browsers-none = No browser is connected
browsers-none-sentence = Connect the browser in which you use claude.ai. It carries your skills there.
browser-nameless = A browser without a name
browser-linked = { $count ->
    [one] one skill
   *[other] { $count } skills
}
browser-pending = { $count ->
    [0] nothing waiting
   *[other] { $count } waiting
}
browser-last = last success: { $name }
browser-state-active = Paired
browser-state-cookie-expired = Signed out of claude.ai
browser-state-error = Needs a look
browser-state-pending-approval = Waits for approval
browser-state-disconnected = Disconnected
browser-signed-out-remedy = Sign in to claude.ai in that browser; the work waits and goes on by itself.
browser-sync = Sync now
browser-settings = Settings
browser-label = Name
browser-policy = When both sides changed
browser-rotate = New token
browser-rotate-sentence = The browser’s token is revoked at once and a new one is shown, once. Without it the browser has to be paired again.
browser-rotate-go = Revoke and show a new one
browser-disconnect = Disconnect
browser-disconnect-sentence = Its token is revoked. Skills in the account stay there.
browser-disconnect-go = Disconnect this browser
rotated-token = The new token, shown this once:
policy-ask = Ask me
policy-skillnote-wins = The library wins
policy-claude-ai-wins = claude.ai wins
pairings-waiting = { $count ->
    [one] A browser waits to be approved.
   *[other] { $count } browsers wait to be approved.
}
pairings-look = Compare the code

pair-title = Connect a browser
pair-approved = Approved { $name }. The browser fetches its key within seconds.
pair-progress = { $count ->
    [0] As soon as your library has a skill, it goes to your account.
    [one] Your skill is on its way to your account.
   *[other] Your { $count } skills are on their way to your account.
}
pair-go-on = Watch them arrive
pair-type = Type the code that your browser shows
pair-code = Pairing code
pair-approve = Approve
pair-name = Browser
pair-address = Address
pair-asked = Asked
pair-compare = Approve only if your browser shows exactly this code now.
guide-title = Three steps in the browser
guide-install = Add the Skillferry extension to the browser in which you use claude.ai.
guide-chrome = Open chrome://extensions, switch on developer mode, choose “Load unpacked” and take the extension’s folder; or install it from the store.
guide-firefox = Open about:addons, choose “Install add-on from file” and take the extension’s package; or install it from the store.
guide-address = Click its icon and enter this server’s address:
guide-pair = Choose “Pair this browser”.
guide-waiting = Waiting for a browser. Its code appears here by itself.
guide-type = No code yet? Your browser shows it after the third step.

conflicts-none = No conflict
conflicts-none-sentence = When a skill changes here and on claude.ai at once, both texts are kept and you decide here.
conflicts-sentence = These skills changed here and on claude.ai. Nothing is overwritten until you decide; every version is kept.
conflict-title = Conflict: { $name }
conflict-decide = Decide
conflict-browser = In the account of { $name }.
conflict-seen = Last seen there { $name }.
conflict-kept = Whatever you choose, every version is kept and can be restored.
conflict-ours = Keep ours
conflict-theirs = Keep theirs
conflict-both = Keep both
conflict-skip = Skip
conflict-hint = Ours is the library’s, theirs is what claude.ai holds. Both makes a second skill of theirs. Skip leaves both as they are until one of them changes again.
conflict-compare = Compare
conflict-view-sides = Side by side
conflict-view-inline = Inline
conflict-ours-theirs = Ours and theirs
conflict-base-ours = What changed here
conflict-base-theirs = What changed on claude.ai
side-base = The last common version
side-ours = Ours (library)
side-theirs = Theirs (claude.ai)
conflict-same = No difference in the text.
conflict-download-ours = Download ours
conflict-download-theirs = Download theirs
conflict-files = Files that differ
conflict-merge = Merge
conflict-merge-clean = Merge both
conflict-merge-clean-sentence = The edits do not overlap. You may still change the result.
conflict-merge-sentence = The edits overlap between the marked lines. Write what shall stand there and take the marks out.
conflict-merge-text = Merged text of SKILL.md
conflict-merge-go = Keep the merged text
filter-changed = changed on both sides
filter-only-here = only in the library
filter-only-on-claude-ai = only on claude.ai

held-none = Nothing is held
held-none-sentence = A change that would replace or remove more than a fifth of a side, and at least five skills, waits here for your word.
held-decide = Decide
held-account = { $count } skills of the claude.ai account in { $name } would change at once.
held-folder = { $count } skills vanished from the library’s folder at once.
held-library = { $count } skills of the library would be replaced at once by { $name }.
held-since = Held { $name }
held-replaced = { $count ->
    [one] One would be replaced
   *[other] { $count } would be replaced
}
held-removed = { $count ->
    [one] One would be removed
   *[other] { $count } would be removed
}
held-agree = Go ahead
held-refuse = Leave it as it is

queue-pending = { $count ->
    [0] Nothing waits.
    [one] One operation waits.
   *[other] { $count } operations wait.
}
queue-progress = { $count ->
    [0] No browser is at work.
    [one] One is being done.
   *[other] { $count } are being done.
}
queue-failed = Failed
queue-failed-sentence = Each was tried three times. They keep nothing else waiting.
queue-retry-all = Retry all
queue-open = In flight
queue-taken = being done
queue-waits = waits
queue-none = The queue is empty
queue-none-sentence = What changes in the library stands here until a browser has brought it to claude.ai.

activity-latest = Latest activity
activity-event = Event
activity-browser = Browser
activity-since = From
activity-until = To
activity-csv = Download as CSV
activity-when = When
activity-about = Skill
activity-detail = Detail
activity-more = More
activity-older = Older
activity-reached = Nothing older than { $name } has been searched yet.
activity-further = Search further back
activity-newest = Newest
event-pair-started = Pairing asked for
event-pair-approved = Pairing approved
event-pair-redeemed = Browser paired
event-pair-expired = Pairing expired
event-integration-updated = Browser’s settings changed
event-integration-disconnected = Browser disconnected
event-token-revoked = Token revoked
event-sync-triggered = Sync asked for
event-skill-pushed = Skill brought to claude.ai
event-skill-delete-pushed = Skill removed from claude.ai
event-skill-imported = Skill came from claude.ai
event-op-failed = Operation failed
event-op-retried = Operation retried
event-cookie-expired = Signed out of claude.ai
event-conflict-detected = Conflict found
event-conflict-resolved = Conflict decided
event-endpoint-changed = claude.ai answers differently
event-skill-created = Skill new in the library
event-skill-updated = Skill changed in the library
event-skill-deleted = Skill removed from the library
event-skill-restored = Version restored
event-user-added = Person added
event-user-signed-in = Signed in
event-sign-in-refused = Sign-in refused
event-user-exported = A person’s data exported
event-user-deleted = Person removed
event-personal-data-removed = Personal data removed from the log
event-service-connected = Service connected
event-service-disconnected = Service disconnected
event-service-key-revoked = Service revoked a key
event-service-keys-rotated = Kept keys encrypted anew
event-machine-paired = Machine paired
event-machine-revoked = Machine disconnected
event-autonomy-paused = Work paused
event-autonomy-resumed = Work resumed

collections-sentence = A published collection reaches claude.ai as one group.
collections-none = No collection yet
collections-none-sentence = Make one above, then name it in the skills that belong to it.
collections-name = Name
collections-for = What it is for
collections-make = Make a collection
collections-published = Published
collection-group = On claude.ai
collection-is-published = It is published as a group in the account of every paired browser.
collection-not-published = It is not published. Publishing brings its skills to claude.ai as one group, fifteen at most.
collection-publish = Publish as a group
collection-unpublish = Take the group back
collection-empty = No skill lists it yet.
collection-remove = Remove the collection
collection-remove-sentence = No skill is in it; nothing else goes with it.

check-pass = Fine
check-warn = Look at it
check-fail = Does not work
check-backend-db = Database
check-backend-db-ok = It answers.
check-schema-migrated = Schema
check-schema-migrated-ok = { $name }
check-integrations-paired = Paired browsers
check-integrations-paired-ok = { $count } paired.
check-integrations-paired-remedy = No browser is paired. Install the extension and pair one.
check-no-cookie-expired = claude.ai sessions
check-no-cookie-expired-ok = Every paired browser is signed in, as far as is known.
check-no-cookie-expired-remedy = { $count } signed out. Sign in to claude.ai in that browser; the work waits and goes on by itself.
check-no-stuck-in-progress = Work in progress
check-no-stuck-in-progress-ok = Nothing is stuck.
check-no-stuck-in-progress-remedy = { $count } taken more than five minutes ago. They are given back by themselves; open that browser if they stay.
check-sync-recent = Browsers that synced
check-sync-recent-ok = { $count } within the last hour.
check-sync-recent-remedy = No browser finished anything within the last hour. That is fine when nothing changed; else open a paired browser.
check-conflicts-low = Conflicts
check-conflicts-low-ok = { $count } waiting.
check-conflicts-low-remedy = { $count } skills changed on both sides. Decide them under “Conflicts”.
check-pair-attempts-quiet = Pairing attempts
check-pair-attempts-quiet-ok = { $count } within the last hour.
check-pair-attempts-quiet-remedy = { $count } within the last hour. If that was not you, see the runbook for where they came from.
check-extension-endpoint-stable = claude.ai endpoints
check-extension-endpoint-stable-ok = No change was seen within the last day.
check-extension-endpoint-stable-remedy = { $count } changes seen within the last day. Writing there is held; update the extension.
check-service-registry = Registry of services
check-service-registry-ok = It can be read.

drift-title = Drift
drift-sentence = claude.ai has no public interface for skills, so every browser compares each answer with what it expects, and stops writing where something does not fit.
drift-none = claude.ai answers as expected
drift-none-sentence = No browser has reported a difference within the last 30 days.
drift-since = Since
drift-last = Last seen
drift-findings = Findings
drift-kind = Finding
drift-severity = Weight
drift-at = Where
drift-expected = Expected
drift-seen = Seen
verdict-of-warn = Noted
verdict-of-fall-back = Another path is used
verdict-of-read-only = Writing is held
verdict-of-stop = Stopped
verdict-remedy-warn = Nothing is held. An update of the extension will know the new answer.
verdict-remedy-fall-back = Work goes on along a known path. Update the extension when there is a newer one.
verdict-remedy-read-only = Changes wait and go on after an update of the extension.
verdict-remedy-stop = Nothing is asked there any more. Changes wait and go on after an update of the extension.

settings-general = General
settings-account = Your account
settings-people = People
settings-appearance = Appearance
settings-language = Language
settings-theme = Colours
settings-automatic = As the system has it
settings-light = Light
settings-dark = Dark
settings-policy = Each browser has a rule of its own for skills that changed on both sides.
settings-server = The server
settings-server-sentence = How it was started. Another start with the named option changes it.
settings-version = Version
settings-library = Library
settings-write-back = Writes versions made here into the folder
settings-database = Database
settings-delivery = Delivery
settings-retention = Audit log is kept
settings-for-ever = for ever
settings-days = { $count ->
    [one] one day
   *[other] { $count } days
}
settings-hold = Writing on claude.ai is held
filter-delivery-skills = each skill by itself
filter-delivery-groups = published collections only

password = Password
account-provider = You sign in with { $name } and need no password here.
account-password-now = Current password
account-password-new = New password, 12 characters or more
account-password-set = Set password
account-password-done = The password is set. Your other sessions have ended.
account-password-length = A password has { $count } to { $all } characters.
account-sessions = Sessions
account-session-own = this one
account-session-end = End
account-sessions-end = End all others
account-used = used { $name }
account-tokens = Admin tokens
account-token-shown = The new token, shown this once:
account-token-revoke = Revoke
account-token-for = What it is for
account-token-make = Make a token
people-add = Add somebody
people-add-go = Add
people-role = Rights
people-admin = Admin
people-member = Member
people-disabled = switched off
people-link = Login link
people-link-shown = A link that signs { $name } in once, valid for a day. It is shown this once:
people-make-admin = Make an admin
people-make-member = Make a member
people-disable = Switch off
people-enable = Switch on

login-title = Log in
login-provider = Sign in with { $name }
login-name = Name
login-go = Log in
login-link = For the first time, or without a password: open the one-time link that the server printed when it started. It is valid for 15 minutes; this prints a new one:
login-begun = Logging in …
login-unexpected = The server did not answer as expected. Reload the page.
login-unreachable = The server cannot be reached. Start it, then open its new link.
login-link-used = This login link was used already or is too old. Get a new one, or restart the server.
login-noscript = The link needs JavaScript on this page; name and password do not.
login-too-many = { $count ->
    [one] Too many attempts. Try again in a second.
   *[other] Too many attempts. Try again in { $count } seconds.
}
signed-in = Signed in
signed-in-go = Go to the overview

said-saved = Saved.
said-sync = Whatever is missing is queued.
said-sync-on = The skill is kept in step from now on.
said-sync-off = The skill is not kept in step any more.
said-restored = The old version is in force again, as a new one.
said-disconnected = Disconnected. Skills in the account stay there.
said-retried = It is tried again.
said-agreed = It goes ahead.
said-left = Everything stays as it is.
said-resolved = Decided. What follows is queued.
said-skipped = Put aside until one side changes again.
said-published = Published. What follows is queued for every paired browser.
said-unpublished = The group is taken back.
said-removed = Removed.
said-person-added = Added. A login link lets them in.
refused-other = That did not work ({ $name }).
refused-validation-error = Something in the form is missing or cannot be taken.
refused-invalid-date-range = The first day must not be after the last.
refused-admin-required = Only an admin may do this. Ask one of yours.
refused-user-not-found = There is no such person.
refused-user-name-taken = Somebody has this name already. Choose another.
refused-last-admin = This is the last admin who may log in. Make somebody else an admin first.
refused-wrong-password = The current password is not right.
refused-wrong-password-login = Name and password do not belong together.
refused-password-not-allowed = You sign in with a provider and have no password here.
refused-rate-limited = Too many attempts. Wait a little, then try again.
refused-pairing-not-found = No browser is waiting with this code.
refused-pairing-expired = This code has expired. Start again in the browser.
refused-integration-not-found = There is no such browser.
refused-integration-not-active = This browser is not paired any more.
refused-integration-inactive = The browser of this account is not paired any more. Pair it again first.
refused-integration-disconnected = This browser was disconnected. Pair it again.
refused-operation-not-found = There is no such operation any more.
refused-operation-not-retryable = Only a failed operation can be retried.
refused-skill-not-found = There is no such skill any more.
refused-version-not-found = The skill has no such version.
refused-collection-not-found = There is no such collection.
refused-collection-exists = There is a collection of this name already.
refused-collection-in-use = Skills are in the collection. Take it out of them first.
refused-collection-name-invalid = A name has 1 to 128 lower-case letters, digits, hyphens and underscores.
refused-held-batch-not-found = There is no such held change.
refused-held-batch-decided = This was decided already, or there is nothing left to decide.
refused-link-not-found = There is no such conflict any more.
refused-link-not-in-conflict = This skill is not in conflict any more.
refused-no-skillnote-side = The library has no skill to keep here.
refused-no-latest-version = The skill was removed from the library. Keep one of the sides.
refused-conflict-needs-resync = What claude.ai holds is not known here. Sync the browser once more.
refused-merge-overlaps = The edits overlap. Write the merged text below, or keep one of the sides.
refused-sign-in-provider-unreachable = The sign-in provider does not answer at the moment. Try again in a minute, or log in in another way.
refused-sign-in-provider-unverified = The answer of the sign-in provider could not be verified. Sign in once more. If that does not help, an admin finds the reason in the server's log.
refused-sign-in-sign-in-denied = The sign-in provider did not let you in, or you cancelled. Sign in once more, with an account that may use Skillferry.
refused-sign-in-sign-in-expired = This sign-in was begun in another browser, was used already, or took longer than ten minutes. Sign in once more.
refused-sign-in-domain-not-allowed = Your e-mail address does not belong to a domain that may sign in here. Sign in with your team's account.
refused-sign-in-email-not-verified = The sign-in provider has not verified your e-mail address. Have it verified there, then sign in once more.
refused-sign-in-claim-missing = You are not in the group that may sign in here. Ask an admin to add you to it, then sign in once more.
refused-sign-in-user-disabled = An admin has switched your access off. Ask an admin to switch it on again.

reason-too-many-files = claude.ai takes at most 200 files a skill. Remove files, or leave some out with .skillignore.
reason-too-large = claude.ai takes at most 30 MB a skill. Remove files, or leave some out with .skillignore.
reason-front-matter-missing = SKILL.md does not begin with a line of three hyphens. Add front matter with name and description.
reason-front-matter-unclosed = The front matter is not closed by a line of three hyphens. Close it.
reason-yaml-malformed = The front matter is not valid YAML. Correct the line; quoting the value often helps.
reason-name-missing = The front matter has no name. Add one.
reason-name-characters = The name may hold lower-case letters, digits and hyphens only. Rename it.
reason-name-reserved = The name contains a reserved word. Rename it; “claude” and “anthropic” are not allowed.
reason-description-missing = The front matter has no description. Say in a sentence what the skill does and when to use it.
reason-description-too-long = The description has more than 1,024 characters. Shorten it.
reason-description-tag = claude.ai takes no tags in the description. Remove the angle brackets.

# Import
import-go = Bring skills
import-title = Bring skills
import-sentence = Choose zips or a folder. You see what would change before anything is taken.
import-drop = Drop a folder of skills or zips here, or choose them:
import-sending = Sending and looking through …
import-failed = That did not work. Try again, or choose the files above.
import-zips = Zips of one skill or of many
import-folder = A folder of skills
import-look = Look at them
import-path-title = A folder on the server
import-path-sentence = Also a working tree of Git; what Git ignores is left out. Everybody sees the skills that you take from it.
import-path = Path on the server
import-roots = Skills are taken from these folders and what lies below them: { $name }
import-preview = What was found
import-counts-new = { $count } new
import-counts-change = { $count } changed
import-counts-same = { $count } as they are
import-counts-refused = { $count } refused
import-effect-new = new
import-effect-change = changes version { $count }
import-effect-same = as it is
import-effect-refused = refused
import-repaired = repaired
import-in-folder = Lies in the library folder “{ $name }”, which is written too.
import-differences = Differences of { $name }
import-no-diff = No text, or too much of it to be shown here line by line.
import-take = Take the chosen skills
import-again = Bring others
import-nothing = There is nothing to take.
import-none = There is no skill in it: no folder with a SKILL.md.
import-incomplete = Not everything was looked through: there are too many folders without a skill.
import-moved = { $count ->
    [one] { $count } skill was not taken, because it or the library has changed meanwhile. Look again and choose.
   *[other] { $count } skills were not taken, because they or the library have changed meanwhile. Look again and choose.
}
import-skill-changes = What would change in the library
import-skill-repairs = What would be repaired before it travels
import-file-added = added
import-file-changed = changed
import-file-removed = removed
export-all = All as a zip
export-one = Download as a zip
said-imported = Taken. What follows is queued.
refused-import-not-found = This import is over. Bring the skills again.
refused-import-path-not-allowed = The server takes skills from no such folder.
refused-empty-bundle = Nothing was chosen.
refused-bundle-too-large = That is too much at once: 50,000 files, 256 MiB, or 64 MiB in a zip.
refused-invalid-zip = One of the files is no zip.
refused-invalid-bundle = One of the zips cannot be trusted.

# Services, machines, the pause
nav-services = Services
services-none = This server knows no services. An admin lists them in service_connectors.json.
services-internal = Internal services
services-connect = Connect
services-reconnect = Reconnect
services-disconnect = Disconnect
services-disconnect-sure = The key is revoked, and your machines lose it with their next pull.
services-not-configured = not configured
services-connected = connected { $name }
services-expires = its key works until { $name }
services-expired = its key expired on { $name }
services-needs-you = { $name } needs you
services-a-browser = A browser
services-a-service = A service
services-why-grant = access was revoked or expired
services-why-cookie = it is not signed in to claude.ai any more; sign in there
services-why-endpoint = claude.ai answers differently than it expects; update the extension
services-why-expired = its key has expired; reconnect it
services-why-client = it refuses this server; ask an admin
services-why-other = it refuses access; reconnect it
services-machines = Machines
services-machines-how = Run “skillferry pull” in a project’s folder and type the code that it shows.
services-machine-nameless = A machine without a name
services-machine-pulled = fetched { $name }
services-machine-never = has fetched nothing yet
services-machine-approved = The machine fetches your keys from now on.
services-machine-code = Code
services-machine-approve = Approve
services-machine-revoke = Revoke
services-machine-sure = It fetches nothing any more. What lies on it stays until it is removed there.
services-pause = Pause
services-pause-what = Nothing is handed to your browsers and machines while you pause. What comes up meanwhile waits.
services-pause-why = Why, if you like
services-pause-go = Hold all my work
services-resume = Resume
services-resume-go = Let my work go on
services-paused-operator = Everything is paused by this server’s operator.
services-paused-operator-why = Everything is paused by this server’s operator: { $name }
services-paused-own = Your work is paused by you.
services-paused-own-why = Your work is paused by you: { $name }
services-done = { $name } is connected. Your machine receives the key with its next pull.
services-done-not-configured = { $name } is not configured: the server lacks its shared secret. Ask an admin.
services-done-no-address = { $name } was not asked: no e-mail address is known for you. Ask an admin to set one.
services-done-failed = The token exchange with { $name } failed: { $why }. Nothing was stored; try again.
services-failed-unreachable = it cannot be reached
services-failed-silent = it did not answer within 30 seconds
services-failed-status = it answered with the status { $name }
services-failed-malformed = its answer is not in the agreed form
services-not-listed = the service is not in the registry
services-gone = { $name } is disconnected. Your machine loses the key with its next pull.
services-gone-not-revocable = { $name } is disconnected here, and your machine loses the key with its next pull. The service gave the key no id that it could be revoked by: there it works until it expires.
services-gone-not-yet = { $name } is disconnected here, and your machine loses the key with its next pull. The key was not revoked there yet: { $why }. The server tries again by itself.
services-gone-was-none = { $name } was not connected.
services-withdrawn = This server does not offer this service any more.
services-give-up = Leave it unconnected
services-give-up-sure = The warning goes. You can connect at any time.
services-machine-nobody = No machine is waiting with this code.
services-machine-expired = This code has expired. Run “skillferry pull” again.
refused-service-not-found = There is no such service.
refused-keys-locked = The server cannot use its encryption key at the moment. An admin finds the cause in its log.
refused-machine-not-found = There is no such machine of yours.
pause-own = Your own lever
pause-own-off = You hold nothing.
pause-own-on = You paused your work { $name }.
pause-own-on-why = You paused your work { $name }: { $why }
pause-operator = The operator’s lever
pause-operator-off = This server’s operator holds nothing.
pause-held = Waiting: { $count }. Nothing is lost.
pause-hold-sure = Nothing is handed out until you resume, not even in the middle of a batch.
pause-resume-sure = What has waited is handed out at once.
account-data = Your data
account-data-what = One file with everything that this server keeps about you; no passwords, tokens or keys are in it.
account-data-export = Download my data
account-delete = Delete my account
account-delete-goes = What goes, at once and for good: your account with its sessions and tokens, your paired browsers and machines, your connections to services, whose keys are revoked there, and your name and addresses in the audit log.
account-delete-stays = What stays: the library’s skills, what already lies in your account on claude.ai and on your machines, and the rows of the audit log, without anything that names you.
account-delete-last-admin = You are the last admin who may log in. Make somebody else an admin first; else nobody can administer this server from the dashboard any more.
account-delete-even-so = Delete it even so
account-delete-confirm = To confirm, type your name: { $name }
account-delete-mismatch = Nothing was deleted: what was typed is not your name, { $name }.
account-gone = Your account is deleted
account-gone-sentence = This server keeps nothing about you any more. Services revoke your keys; the server tries again until they confirm it.
account-gone-elsewhere = What lies on a machine of yours goes with:
