# Texte der Oberfläche. Die Schlüssel sind in jeder Sprache dieselben; ein Test hält sie zusammen.

skip = Zur Seite springen
nav = Seiten
nav-overview = Überblick
nav-skills = Skills
nav-collections = Sammlungen
nav-browsers = Browser
nav-conflicts = Konflikte
nav-held = Angehaltenes
nav-queue = Warteschlange
nav-activity = Verlauf
nav-health = Zustand
nav-settings = Einstellungen
log-out = Abmelden
offline = Der Server antwortet nicht. Diese Seite zeigt, was zuletzt bekannt war, und geht von selbst weiter.
footer = Skillferry benutzt deinen eigenen Browser und ist weder von Anthropic gemacht noch gebilligt.
missing-title = Hier ist nichts
missing-sentence = Was unter dieser Adresse stand, wurde entfernt oder war nie da.
admins-title = Diese Seite ist für die Verwaltung
missing-action = Zum Überblick

never = nie
none = keine
yes = ja
no = nein
unknown = unbekannt
save = Speichern
retry = Noch einmal
search = Suche
search-go = Suchen
search-none = Nichts passt dazu.
search-clear = Alles zeigen
filter-state = Zustand
filter-any = Alle
pages = Weitere Seiten
pages-before = Zurück
pages-after = Weiter
pages-here = Seite { $count } von { $all }

age-now = gerade eben
age-seconds = vor weniger als einer Minute
age-minutes = { $count ->
    [one] vor einer Minute
   *[other] vor { $count } Minuten
}
age-hours = { $count ->
    [one] vor einer Stunde
   *[other] vor { $count } Stunden
}
age-days = { $count ->
    [one] vor einem Tag
   *[other] vor { $count } Tagen
}

overview-title = Ist alles im Gleichschritt?
verdict-in-step = Ja. Jeder Skill deiner Bibliothek ist in jedem Konto.
verdict-waiting = { $count ->
    [one] Ein Skill ist unterwegs.
   *[other] { $count } Skills sind unterwegs.
}
verdict-attention = { $count ->
    [one] Eine Sache wartet auf dich.
   *[other] { $count } Dinge warten auf dich.
}
verdict-empty = Deine Bibliothek ist leer.
verdict-alone = Deine Skills warten auf einen Browser.
first-library = Leg einen Ordner mit einer SKILL.md in deine Bibliothek. Er erscheint hier von selbst.
first-library-action = Wie das aussieht
first-connect = { $count ->
    [one] Deine Bibliothek hat einen Skill. Verbinde den Browser, in dem du claude.ai benutzt, und er kommt dorthin.
   *[other] Deine Bibliothek hat { $count } Skills. Verbinde den Browser, in dem du claude.ai benutzt, und sie kommen dorthin.
}
first-connect-action = Browser verbinden
figure-all = Alle Skills

todo-look = Ansehen
todo-held = { $count ->
    [one] Eine Änderung vieler Skills auf einmal wartet auf dein Wort.
   *[other] { $count } Änderungen vieler Skills auf einmal warten auf dein Wort.
}
todo-conflicts = { $count ->
    [one] Ein Skill hat sich auf beiden Seiten geändert.
   *[other] { $count } Skills haben sich auf beiden Seiten geändert.
}
todo-failed = { $count ->
    [one] Ein Vorgang ist fehlgeschlagen.
   *[other] { $count } Vorgänge sind fehlgeschlagen.
}
todo-failed-action = Nachsehen, warum
todo-drift = { $count ->
    [one] claude.ai hat einmal anders geantwortet, als die Erweiterung erwartet.
   *[other] claude.ai hat { $count }-mal anders geantwortet, als die Erweiterung erwartet.
}
todo-refused = { $count ->
    [one] Ein Ordner kann so nicht zu claude.ai.
   *[other] { $count } Ordner können so nicht zu claude.ai.
}
todo-refused-action = Nachsehen, was fehlt
todo-library-missing = Der Ordner der Bibliothek { $name } ist verschwunden oder nicht lesbar. Nichts wird entfernt; bring ihn zurück, und es geht von selbst weiter.
todo-library = Nicht alles aus dem Ordner der Bibliothek konnte behalten werden: { $name }
todo-signed-out = { $name } ist von claude.ai abgemeldet. Melde dich dort an; die Arbeit geht von selbst weiter.
todo-signed-out-action = claude.ai öffnen
todo-browser = { $name } braucht einen Blick.
waiting-title = Was auf dich wartet
waiting-none = Nichts. Alles geht von selbst weiter.

charts-title = Die letzten Tage
chart-syncs = Zu claude.ai gebrachte Skills, nach Tag
chart-ages = Wie lange Vorgänge schon warten
chart-browsers = Vorgänge jedes Browsers in den letzten 24 Stunden
chart-uses = Nutzung der Skills nach Tagen
chart-used = Die in 7 Tagen am meisten genutzten Skills
chart-skill = Skill
chart-uses-count = Nutzungen
chart-day = Tag (UTC)
chart-age = Alter
chart-done = Erledigt
chart-failed = Fehlgeschlagen
chart-waiting = Wartend
chart-nothing = Noch nichts zu zeigen.
chart-table = Als Tabelle
chart-summary = { $name }. Insgesamt { $count }; die Tabelle darunter hat die Zahlen.
range-minute = < 1 Min.
range-ten-minutes = < 10 Min.
range-hour = < 1 Std.
range-day = < 1 Tag
range-older = älter

health-title = Zustand der Verbindung
health-errors = Browser mit Fehlern
health-failed = Fehlgeschlagene Vorgänge
health-pending = Wartende Vorgänge
health-conflicts = Konflikte
health-schema = Schema
health-diagnostic = Diagnose
health-again = Noch einmal prüfen
health-now = Gerade eben geprüft.
health-copy-title = Für einen Bericht
health-copy-sentence = Dasselbe als Text. Er enthält kein Token, keinen Namen und keine Adresse.
health-copy = Als Text kopieren
health-copied = Kopiert.

state-in-step = Im Gleichschritt
state-waiting = Unterwegs
state-held = Angehalten
state-conflict = Konflikt
state-failed = Fehlgeschlagen
state-apart = Nicht überall
state-off = Ausgeschaltet
state-alone = Wartet auf Browser
state-refused = Nicht genommen

library-none = Der Server folgt keinem Ordner.
skills-count = { $count ->
    [one] Ein Skill
   *[other] { $count } Skills
}
skills-refused = Ordner, die nicht zu claude.ai können
skills-refused-count = { $count ->
    [one] Ein Ordner wurde nicht genommen.
   *[other] { $count } Ordner wurden nicht genommen.
}
skills-none = Noch kein Skill
skills-none-sentence = Ein Skill ist ein Ordner mit einer SKILL.md darin. Leg einen in den Ordner deiner Bibliothek, und er erscheint hier von selbst.
skill-repaired-short = repariert
skill-where = Wo er ist
skill-where-none = Kein Browser ist gekoppelt.
skill-seen = gesehen { $name }
skill-sync-off = Nicht im Gleichschritt halten
skill-sync-off-hint = Auf claude.ai wird nichts angerührt; dort bleibt er, wie er ist.
skill-sync-on = Im Gleichschritt halten
skill-sync-on-hint = Er kommt in das Konto jedes gekoppelten Browsers.
skill-about = Über ihn
skill-folder = Ordner
skill-own = auf diesem Server gemacht
skill-changed = Geändert
skill-uses = Benutzt auf claude.ai
skill-uses-count = { $count } in den letzten 7 Tagen, { $all } insgesamt
skill-repairs = Für claude.ai repariert
skill-repairs-sentence = claude.ai würde den Ordner so nicht nehmen, deshalb wird das unterwegs geändert. Deine Dateien bleiben, wie sie sind.
skill-history = Versionen
version = Version { $count }
version-latest = gilt
version-changes = Was sich geändert hat
version-same-text = Der Text ist derselbe wie davor.
version-restore = Wiederherstellen
versions-older = { $count ->
    [one] Eine ältere Version ist auch noch da.
   *[other] { $count } ältere Versionen sind auch noch da.
}
operation-taken = { $name }: ein Browser ist dabei
operation-attempts = { $count ->
    [0] { $name }: wartet
    [one] { $name }: einmal versucht
   *[other] { $name }: { $count }-mal versucht
}
diff-before = Zeile vorher
diff-after = Zeile nachher
diff-sign = Änderung
diff-text = Text
diff-of = Änderungen von { $name }
diff-binary = Kein Text, deshalb sind die Änderungen nicht zu zeigen.
diff-too-much = Zu viel hat sich geändert, um es hier Zeile für Zeile zu zeigen.

kind-upload = Hochladen
kind-update = Aktualisieren
kind-delete = Entfernen
kind-list = Auflisten
kind-fetch-one = Herunterladen
kind-publish-group = Veröffentlichen von Gruppen

browsers-none = Kein Browser ist verbunden
browsers-none-sentence = Verbinde den Browser, in dem du claude.ai benutzt. Er bringt deine Skills dorthin.
browser-nameless = Ein Browser ohne Namen
browser-linked = { $count ->
    [one] ein Skill
   *[other] { $count } Skills
}
browser-pending = { $count ->
    [0] nichts wartet
   *[other] { $count } wartend
}
browser-last = letzter Erfolg: { $name }
browser-state-active = Gekoppelt
browser-state-cookie-expired = Von claude.ai abgemeldet
browser-state-error = Braucht einen Blick
browser-state-pending-approval = Wartet auf Zustimmung
browser-state-disconnected = Getrennt
browser-signed-out-remedy = Melde dich in diesem Browser bei claude.ai an; die Arbeit wartet und geht von selbst weiter.
browser-sync = Jetzt abgleichen
browser-settings = Einstellungen
browser-label = Name
browser-policy = Wenn sich beide Seiten geändert haben
browser-rotate = Neues Token
browser-rotate-sentence = Das Token des Browsers gilt sofort nicht mehr, und ein neues wird einmal gezeigt. Ohne dieses muss der Browser neu gekoppelt werden.
browser-rotate-go = Widerrufen und ein neues zeigen
browser-disconnect = Trennen
browser-disconnect-sentence = Sein Token gilt nicht mehr. Skills im Konto bleiben dort.
browser-disconnect-go = Diesen Browser trennen
rotated-token = Das neue Token, nur dieses Mal gezeigt:
policy-ask = Mich fragen
policy-skillnote-wins = Die Bibliothek gilt
policy-claude-ai-wins = claude.ai gilt
pairings-waiting = { $count ->
    [one] Ein Browser wartet auf deine Zustimmung.
   *[other] { $count } Browser warten auf deine Zustimmung.
}
pairings-look = Code vergleichen

pair-title = Browser verbinden
pair-approved = { $name } zugestimmt. Der Browser holt seinen Schlüssel in wenigen Sekunden.
pair-progress = { $count ->
    [0] Sobald deine Bibliothek einen Skill hat, kommt er in dein Konto.
    [one] Dein Skill ist unterwegs in dein Konto.
   *[other] Deine { $count } Skills sind unterwegs in dein Konto.
}
pair-go-on = Zusehen, wie sie ankommen
pair-type = Gib den Code ein, den dein Browser zeigt
pair-code = Kopplungscode
pair-approve = Zustimmen
pair-name = Browser
pair-address = Adresse
pair-asked = Gefragt
pair-compare = Stimme nur zu, wenn dein Browser jetzt genau diesen Code zeigt.
guide-title = Drei Schritte im Browser
guide-install = Füge die Erweiterung Skillferry dem Browser hinzu, in dem du claude.ai benutzt.
guide-chrome = Öffne chrome://extensions, schalte den Entwicklermodus ein, wähle „Entpackte Erweiterung laden“ und nimm den Ordner der Erweiterung; oder installiere sie aus dem Store.
guide-firefox = Öffne about:addons, wähle „Add-on aus Datei installieren“ und nimm das Paket der Erweiterung; oder installiere sie aus dem Store.
guide-address = Klicke auf ihr Symbol und gib die Adresse dieses Servers ein:
guide-pair = Wähle „Diesen Browser koppeln“.
guide-waiting = Es wird auf einen Browser gewartet. Sein Code erscheint hier von selbst.
guide-type = Noch kein Code? Dein Browser zeigt ihn nach dem dritten Schritt.

conflicts-none = Kein Konflikt
conflicts-none-sentence = Ändert sich ein Skill hier und auf claude.ai zugleich, werden beide Texte aufgehoben, und du entscheidest hier.
conflicts-sentence = Diese Skills haben sich hier und auf claude.ai geändert. Nichts wird überschrieben, bevor du entscheidest; jede Version bleibt da.
conflict-title = Konflikt: { $name }
conflict-decide = Entscheiden
conflict-browser = Im Konto von { $name }.
conflict-seen = Dort zuletzt gesehen { $name }.
conflict-kept = Was du auch wählst: Jede Version bleibt da und lässt sich wiederherstellen.
conflict-ours = Unsere behalten
conflict-theirs = Ihre behalten
conflict-both = Beide behalten
conflict-skip = Überspringen
conflict-hint = Unsere ist die der Bibliothek, ihre ist die auf claude.ai. Beide macht aus ihrer einen zweiten Skill. Überspringen lässt beide, wie sie sind, bis sich wieder eine ändert.
conflict-compare = Vergleichen
conflict-view-sides = Nebeneinander
conflict-view-inline = Untereinander
conflict-ours-theirs = Unsere und ihre
conflict-base-ours = Was sich hier geändert hat
conflict-base-theirs = Was sich auf claude.ai geändert hat
side-base = Die letzte gemeinsame Version
side-ours = Unsere (Bibliothek)
side-theirs = Ihre (claude.ai)
conflict-same = Kein Unterschied im Text.
conflict-download-ours = Unsere herunterladen
conflict-download-theirs = Ihre herunterladen
conflict-files = Dateien, die sich unterscheiden
conflict-merge = Zusammenführen
conflict-merge-clean = Beide zusammenführen
conflict-merge-clean-sentence = Die Änderungen überschneiden sich nicht. Du kannst das Ergebnis trotzdem noch ändern.
conflict-merge-sentence = Die Änderungen überschneiden sich zwischen den markierten Zeilen. Schreib, was dort stehen soll, und nimm die Marken heraus.
conflict-merge-text = Zusammengeführter Text der SKILL.md
conflict-merge-go = Diesen Text behalten
filter-changed = auf beiden Seiten geändert
filter-only-here = nur in der Bibliothek
filter-only-on-claude-ai = nur auf claude.ai

held-none = Nichts ist angehalten
held-none-sentence = Eine Änderung, die mehr als ein Fünftel einer Seite und mindestens fünf Skills ersetzen oder entfernen würde, wartet hier auf dein Wort.
held-decide = Entscheiden
held-account = { $count } Skills des claude.ai-Kontos in { $name } würden sich auf einmal ändern.
held-folder = { $count } Skills sind auf einmal aus dem Ordner der Bibliothek verschwunden.
held-library = { $count } Skills der Bibliothek würden auf einmal von { $name } ersetzt.
held-since = Angehalten { $name }
held-replaced = { $count ->
    [one] Einer würde ersetzt
   *[other] { $count } würden ersetzt
}
held-removed = { $count ->
    [one] Einer würde entfernt
   *[other] { $count } würden entfernt
}
held-agree = Ausführen
held-refuse = Lassen, wie es ist

queue-pending = { $count ->
    [0] Nichts wartet.
    [one] Ein Vorgang wartet.
   *[other] { $count } Vorgänge warten.
}
queue-progress = { $count ->
    [0] Kein Browser arbeitet.
    [one] Einer wird ausgeführt.
   *[other] { $count } werden ausgeführt.
}
queue-failed = Fehlgeschlagen
queue-failed-sentence = Jeder wurde dreimal versucht. Sie halten nichts anderes auf.
queue-retry-all = Alle noch einmal
queue-open = Unterwegs
queue-taken = wird ausgeführt
queue-waits = wartet
queue-none = Die Warteschlange ist leer
queue-none-sentence = Was sich in der Bibliothek ändert, steht hier, bis ein Browser es zu claude.ai gebracht hat.

activity-latest = Zuletzt geschehen
activity-event = Ereignis
activity-browser = Browser
activity-since = Von
activity-until = Bis
activity-csv = Als CSV herunterladen
activity-when = Wann
activity-about = Skill
activity-detail = Einzelheiten
activity-more = Mehr
activity-older = Ältere
activity-reached = Älteres als vom { $name } ist noch nicht durchsucht.
activity-further = Weiter zurück suchen
activity-newest = Neueste
event-pair-started = Kopplung angefragt
event-pair-approved = Kopplung zugestimmt
event-pair-redeemed = Browser gekoppelt
event-pair-expired = Kopplung abgelaufen
event-integration-updated = Einstellungen eines Browsers geändert
event-integration-disconnected = Browser getrennt
event-token-revoked = Token widerrufen
event-sync-triggered = Abgleich angefragt
event-skill-pushed = Skill zu claude.ai gebracht
event-skill-delete-pushed = Skill von claude.ai entfernt
event-skill-imported = Skill von claude.ai gekommen
event-op-failed = Vorgang fehlgeschlagen
event-op-retried = Vorgang noch einmal
event-cookie-expired = Von claude.ai abgemeldet
event-conflict-detected = Konflikt gefunden
event-conflict-resolved = Konflikt entschieden
event-endpoint-changed = claude.ai antwortet anders
event-skill-created = Skill neu in der Bibliothek
event-skill-updated = Skill in der Bibliothek geändert
event-skill-deleted = Skill aus der Bibliothek entfernt
event-skill-restored = Version wiederhergestellt
event-user-added = Person hinzugefügt
event-user-signed-in = Angemeldet
event-sign-in-refused = Anmeldung abgelehnt
event-user-exported = Daten einer Person ausgegeben
event-user-deleted = Person entfernt
event-personal-data-removed = Persönliches aus dem Verlauf entfernt
event-service-connected = Dienst verbunden
event-service-disconnected = Dienst getrennt
event-service-key-revoked = Dienst hat einen Schlüssel widerrufen
event-service-keys-rotated = Aufbewahrte Schlüssel neu verschlüsselt
event-machine-paired = Rechner gekoppelt
event-machine-revoked = Rechner getrennt
event-autonomy-paused = Arbeit angehalten
event-autonomy-resumed = Arbeit geht weiter

collections-sentence = Eine veröffentlichte Sammlung kommt als eine Gruppe zu claude.ai.
collections-none = Noch keine Sammlung
collections-none-sentence = Mach oben eine und nenne sie in den Skills, die dazugehören.
collections-name = Name
collections-for = Wofür sie ist
collections-make = Sammlung machen
collections-published = Veröffentlicht
collection-group = Auf claude.ai
collection-is-published = Sie ist im Konto jedes gekoppelten Browsers als Gruppe veröffentlicht.
collection-not-published = Sie ist nicht veröffentlicht. Veröffentlichen bringt ihre Skills als eine Gruppe zu claude.ai, höchstens fünfzehn.
collection-publish = Als Gruppe veröffentlichen
collection-unpublish = Gruppe zurücknehmen
collection-empty = Noch kein Skill nennt sie.
collection-remove = Sammlung entfernen
collection-remove-sentence = Kein Skill ist darin; sonst geht nichts mit.

check-pass = In Ordnung
check-warn = Sieh nach
check-fail = Geht nicht
check-backend-db = Datenbank
check-backend-db-ok = Sie antwortet.
check-schema-migrated = Schema
check-schema-migrated-ok = { $name }
check-integrations-paired = Gekoppelte Browser
check-integrations-paired-ok = { $count } gekoppelt.
check-integrations-paired-remedy = Kein Browser ist gekoppelt. Installiere die Erweiterung und kopple einen.
check-no-cookie-expired = Sitzungen bei claude.ai
check-no-cookie-expired-ok = Jeder gekoppelte Browser ist angemeldet, soweit bekannt.
check-no-cookie-expired-remedy = { $count } abgemeldet. Melde dich in diesem Browser bei claude.ai an; die Arbeit wartet und geht von selbst weiter.
check-no-stuck-in-progress = Laufende Arbeit
check-no-stuck-in-progress-ok = Nichts steckt fest.
check-no-stuck-in-progress-remedy = { $count } vor mehr als fünf Minuten genommen. Sie werden von selbst zurückgegeben; öffne diesen Browser, falls sie bleiben.
check-sync-recent = Browser, die abgeglichen haben
check-sync-recent-ok = { $count } in der letzten Stunde.
check-sync-recent-remedy = Kein Browser hat in der letzten Stunde etwas erledigt. Das ist gut, wenn sich nichts geändert hat; sonst öffne einen gekoppelten Browser.
check-conflicts-low = Konflikte
check-conflicts-low-ok = { $count } warten.
check-conflicts-low-remedy = { $count } Skills haben sich auf beiden Seiten geändert. Entscheide unter „Konflikte“.
check-pair-attempts-quiet = Kopplungsversuche
check-pair-attempts-quiet-ok = { $count } in der letzten Stunde.
check-pair-attempts-quiet-remedy = { $count } in der letzten Stunde. Falls du das nicht warst: Das Betriebshandbuch sagt, wie du siehst, woher sie kamen.
check-extension-endpoint-stable = Schnittstellen von claude.ai
check-extension-endpoint-stable-ok = Seit einem Tag wurde keine Änderung gesehen.
check-extension-endpoint-stable-remedy = { $count } Änderungen seit einem Tag gesehen. Schreiben ist dort angehalten; aktualisiere die Erweiterung.
check-service-registry = Verzeichnis der Dienste
check-service-registry-ok = Es ist lesbar.

drift-title = Abweichungen
drift-sentence = claude.ai hat keine öffentliche Schnittstelle für Skills. Deshalb vergleicht jeder Browser jede Antwort mit dem, was er erwartet, und schreibt nicht mehr, wo etwas nicht passt.
drift-none = claude.ai antwortet wie erwartet
drift-none-sentence = Kein Browser hat in den letzten 30 Tagen eine Abweichung gemeldet.
drift-since = Seit
drift-last = Zuletzt gesehen
drift-findings = Befunde
drift-kind = Befund
drift-severity = Gewicht
drift-at = Wo
drift-expected = Erwartet
drift-seen = Gesehen
verdict-of-warn = Bemerkt
verdict-of-fall-back = Ein anderer Weg wird benutzt
verdict-of-read-only = Schreiben angehalten
verdict-of-stop = Angehalten
verdict-remedy-warn = Nichts ist angehalten. Eine neuere Erweiterung wird die neue Antwort kennen.
verdict-remedy-fall-back = Es geht auf einem bekannten Weg weiter. Aktualisiere die Erweiterung, wenn es eine neuere gibt.
verdict-remedy-read-only = Änderungen warten und gehen nach einer Aktualisierung der Erweiterung weiter.
verdict-remedy-stop = Dort wird nichts mehr gefragt. Änderungen warten und gehen nach einer Aktualisierung der Erweiterung weiter.

settings-general = Allgemein
settings-account = Dein Konto
settings-people = Personen
settings-appearance = Aussehen
settings-language = Sprache
settings-theme = Farben
settings-automatic = Wie im System
settings-light = Hell
settings-dark = Dunkel
settings-policy = Jeder Browser hat eine eigene Regel für Skills, die sich auf beiden Seiten geändert haben.
settings-server = Der Server
settings-server-sentence = Wie er gestartet wurde. Ein neuer Start mit der genannten Option ändert es.
settings-version = Version
settings-library = Bibliothek
settings-write-back = Schreibt hier gemachte Versionen in den Ordner
settings-database = Datenbank
settings-delivery = Zustellung
settings-retention = Der Verlauf bleibt
settings-for-ever = für immer
settings-days = { $count ->
    [one] einen Tag
   *[other] { $count } Tage
}
settings-hold = Schreiben auf claude.ai ist angehalten
filter-delivery-skills = jeder Skill für sich
filter-delivery-groups = nur veröffentlichte Sammlungen

password = Passwort
account-provider = Du meldest dich mit { $name } an und brauchst hier kein Passwort.
account-password-now = Jetziges Passwort
account-password-new = Neues Passwort, mindestens 12 Zeichen
account-password-set = Passwort setzen
account-password-done = Das Passwort ist gesetzt. Deine anderen Sitzungen sind beendet.
account-password-length = Ein Passwort hat { $count } bis { $all } Zeichen.
account-sessions = Sitzungen
account-session-own = diese hier
account-session-end = Beenden
account-sessions-end = Alle anderen beenden
account-used = benutzt { $name }
account-tokens = Verwaltungs-Token
account-token-shown = Das neue Token, nur dieses Mal gezeigt:
account-token-revoke = Widerrufen
account-token-for = Wofür es ist
account-token-make = Token machen
people-add = Jemanden hinzufügen
people-add-go = Hinzufügen
people-role = Rechte
people-admin = Verwaltung
people-member = Mitglied
people-disabled = ausgeschaltet
people-link = Anmelde-Link
people-link-shown = Ein Link, der { $name } einmal anmeldet, einen Tag gültig. Er wird nur dieses Mal gezeigt:
people-make-admin = Verwaltung erlauben
people-make-member = Zum Mitglied machen
people-disable = Ausschalten
people-enable = Einschalten

login-title = Anmelden
login-provider = Mit { $name } anmelden
login-name = Name
login-go = Anmelden
login-link = Beim ersten Mal oder ohne Passwort: Öffne den einmaligen Link, den der Server beim Start ausgegeben hat. Er gilt 15 Minuten; das hier gibt einen neuen aus:
login-begun = Du wirst angemeldet …
login-unexpected = Der Server hat anders geantwortet als erwartet. Lade die Seite neu.
login-unreachable = Der Server ist nicht zu erreichen. Starte ihn und öffne dann seinen neuen Link.
login-link-used = Dieser Anmelde-Link wurde schon benutzt oder ist zu alt. Hol einen neuen oder starte den Server neu.
login-noscript = Der Link braucht JavaScript auf dieser Seite; Name und Passwort brauchen es nicht.
login-too-many = { $count ->
    [one] Zu viele Versuche. Versuch es in einer Sekunde noch einmal.
   *[other] Zu viele Versuche. Versuch es in { $count } Sekunden noch einmal.
}
signed-in = Angemeldet
signed-in-go = Zum Überblick

said-saved = Gespeichert.
said-sync = Was fehlt, ist eingereiht.
said-sync-on = Der Skill wird ab jetzt im Gleichschritt gehalten.
said-sync-off = Der Skill wird nicht mehr im Gleichschritt gehalten.
said-restored = Die alte Version gilt wieder, als neue.
said-disconnected = Getrennt. Skills im Konto bleiben dort.
said-retried = Es wird noch einmal versucht.
said-agreed = Es wird ausgeführt.
said-left = Alles bleibt, wie es ist.
said-resolved = Entschieden. Was daraus folgt, ist eingereiht.
said-skipped = Beiseitegelegt, bis sich wieder eine Seite ändert.
said-published = Veröffentlicht. Was daraus folgt, ist für jeden gekoppelten Browser eingereiht.
said-unpublished = Die Gruppe ist zurückgenommen.
said-removed = Entfernt.
said-person-added = Hinzugefügt. Ein Anmelde-Link lässt die Person herein.
refused-other = Das hat nicht geklappt ({ $name }).
refused-validation-error = Im Formular fehlt etwas, oder etwas geht so nicht.
refused-invalid-date-range = Der erste Tag darf nicht nach dem letzten liegen.
refused-admin-required = Das darf nur die Verwaltung. Frag jemanden von dort.
refused-user-not-found = Diese Person gibt es nicht.
refused-user-name-taken = Jemand heißt schon so. Wähle einen anderen Namen.
refused-last-admin = Das ist die letzte Person mit Verwaltungsrechten, die sich anmelden darf. Gib sie zuerst jemand anderem.
refused-wrong-password = Das jetzige Passwort stimmt nicht.
refused-wrong-password-login = Name und Passwort gehören nicht zusammen.
refused-password-not-allowed = Du meldest dich mit einem Anbieter an und hast hier kein Passwort.
refused-rate-limited = Zu viele Versuche. Warte ein wenig und versuch es noch einmal.
refused-pairing-not-found = Kein Browser wartet mit diesem Code.
refused-pairing-expired = Dieser Code ist abgelaufen. Fang im Browser noch einmal an.
refused-integration-not-found = Diesen Browser gibt es nicht.
refused-integration-not-active = Dieser Browser ist nicht mehr gekoppelt.
refused-integration-inactive = Der Browser dieses Kontos ist nicht mehr gekoppelt. Kopple ihn zuerst neu.
refused-integration-disconnected = Dieser Browser wurde getrennt. Kopple ihn neu.
refused-operation-not-found = Diesen Vorgang gibt es nicht mehr.
refused-operation-not-retryable = Nur ein fehlgeschlagener Vorgang lässt sich noch einmal versuchen.
refused-skill-not-found = Diesen Skill gibt es nicht mehr.
refused-version-not-found = Der Skill hat keine solche Version.
refused-collection-not-found = Diese Sammlung gibt es nicht.
refused-collection-exists = Eine Sammlung dieses Namens gibt es schon.
refused-collection-in-use = In der Sammlung sind Skills. Nimm sie zuerst heraus.
refused-collection-name-invalid = Ein Name hat 1 bis 128 Kleinbuchstaben, Ziffern, Binde- und Unterstriche.
refused-held-batch-not-found = Diese angehaltene Änderung gibt es nicht.
refused-held-batch-decided = Darüber wurde schon entschieden, oder es gibt nichts mehr zu entscheiden.
refused-link-not-found = Diesen Konflikt gibt es nicht mehr.
refused-link-not-in-conflict = Dieser Skill ist nicht mehr im Konflikt.
refused-no-skillnote-side = Die Bibliothek hat hier keinen Skill zu behalten.
refused-no-latest-version = Der Skill wurde aus der Bibliothek entfernt. Behalte eine der Seiten.
refused-conflict-needs-resync = Was claude.ai hat, ist hier nicht bekannt. Gleiche den Browser noch einmal ab.
refused-merge-overlaps = Die Änderungen überschneiden sich. Schreib unten den zusammengeführten Text, oder behalte eine der Seiten.
refused-sign-in-provider-unreachable = Der Anmeldedienst antwortet gerade nicht. Versuch es in einer Minute noch einmal, oder melde dich auf andere Weise an.
refused-sign-in-provider-unverified = Die Antwort des Anmeldedienstes ließ sich nicht prüfen. Melde dich noch einmal an. Hilft das nicht, findet die Verwaltung den Grund im Protokoll des Servers.
refused-sign-in-sign-in-denied = Der Anmeldedienst hat dich nicht hereingelassen, oder du hast abgebrochen. Melde dich noch einmal an, mit einem Konto, das Skillferry benutzen darf.
refused-sign-in-sign-in-expired = Diese Anmeldung begann in einem anderen Browser, wurde schon benutzt oder dauerte länger als zehn Minuten. Melde dich noch einmal an.
refused-sign-in-domain-not-allowed = Deine E-Mail-Adresse gehört zu keiner Domain, die sich hier anmelden darf. Melde dich mit dem Konto deines Teams an.
refused-sign-in-email-not-verified = Der Anmeldedienst hat deine E-Mail-Adresse nicht bestätigt. Lass sie dort bestätigen und melde dich noch einmal an.
refused-sign-in-claim-missing = Du bist nicht in der Gruppe, die sich hier anmelden darf. Bitte die Verwaltung, dich aufzunehmen, und melde dich noch einmal an.
refused-sign-in-user-disabled = Die Verwaltung hat deinen Zugang ausgeschaltet. Bitte sie, ihn wieder einzuschalten.

reason-too-many-files = claude.ai nimmt höchstens 200 Dateien je Skill. Entferne Dateien, oder lass welche mit .skillignore weg.
reason-too-large = claude.ai nimmt höchstens 30 MB je Skill. Entferne Dateien, oder lass welche mit .skillignore weg.
reason-front-matter-missing = SKILL.md beginnt nicht mit einer Zeile aus drei Strichen. Füge einen Kopf mit name und description hinzu.
reason-front-matter-unclosed = Der Kopf ist nicht durch eine Zeile aus drei Strichen geschlossen. Schließe ihn.
reason-yaml-malformed = Der Kopf ist kein gültiges YAML. Berichtige die Zeile; oft helfen Anführungszeichen um den Wert.
reason-name-missing = Im Kopf fehlt der Name. Füge einen hinzu.
reason-name-characters = Der Name darf nur Kleinbuchstaben, Ziffern und Bindestriche haben. Benenne den Skill um.
reason-name-reserved = Der Name enthält ein vorbehaltenes Wort. Benenne ihn um; „claude“ und „anthropic“ sind nicht erlaubt.
reason-description-missing = Im Kopf fehlt die Beschreibung. Sag in einem Satz, was der Skill tut und wann man ihn benutzt.
reason-description-too-long = Die Beschreibung hat mehr als 1.024 Zeichen. Kürze sie.
reason-description-tag = claude.ai nimmt keine Tags in der Beschreibung. Entferne die spitzen Klammern.

# Import
import-go = Skills hereinholen
import-title = Skills hereinholen
import-sentence = Wähle Zips oder einen Ordner. Du siehst, was sich ändern würde, bevor etwas übernommen wird.
import-drop = Lege einen Ordner mit Skills oder Zips hier ab, oder wähle sie:
import-sending = Wird gesendet und durchgesehen …
import-failed = Das ging nicht. Versuch es noch einmal, oder wähle die Dateien oben.
import-zips = Zips mit einem oder mehreren Skills
import-folder = Ein Ordner mit Skills
import-look = Ansehen
import-path-title = Ein Ordner auf dem Server
import-path-sentence = Auch ein Arbeitsverzeichnis von Git; was Git übergeht, bleibt weg. Alle sehen die Skills, die du daraus übernimmst.
import-path = Pfad auf dem Server
import-roots = Skills werden aus diesen Ordnern übernommen und aus dem, was darunter liegt: { $name }
import-preview = Was gefunden wurde
import-counts-new = { $count } neu
import-counts-change = { $count } geändert
import-counts-same = { $count } unverändert
import-counts-refused = { $count } abgelehnt
import-effect-new = neu
import-effect-change = ändert Version { $count }
import-effect-same = unverändert
import-effect-refused = abgelehnt
import-repaired = repariert
import-in-folder = Liegt im Bibliotheksordner „{ $name }“, in den auch geschrieben wird.
import-differences = Unterschiede von { $name }
import-no-diff = Kein Text, oder zu viel, um ihn hier Zeile für Zeile zu zeigen.
import-take = Gewählte Skills übernehmen
import-again = Andere hereinholen
import-nothing = Es gibt nichts zu übernehmen.
import-none = Darin ist kein Skill: kein Ordner mit einer SKILL.md.
import-incomplete = Nicht alles wurde durchgesehen: Es gibt zu viele Ordner ohne Skill.
import-moved = { $count ->
    [one] { $count } Skill wurde nicht übernommen, weil er oder die Bibliothek sich inzwischen geändert hat. Sieh nach und wähle noch einmal.
   *[other] { $count } Skills wurden nicht übernommen, weil sie oder die Bibliothek sich inzwischen geändert haben. Sieh nach und wähle noch einmal.
}
import-skill-changes = Was sich in der Bibliothek ändern würde
import-skill-repairs = Was vor der Reise repariert würde
import-file-added = neu
import-file-changed = geändert
import-file-removed = entfernt
export-all = Alle als Zip
export-one = Als Zip herunterladen
said-imported = Übernommen. Was folgt, ist eingereiht.
refused-import-not-found = Dieser Vorgang ist vorbei. Hole die Skills noch einmal herein.
refused-import-path-not-allowed = Der Server übernimmt aus keinem solchen Ordner Skills.
refused-empty-bundle = Es wurde nichts gewählt.
refused-bundle-too-large = Das ist zu viel auf einmal: 50.000 Dateien, 256 MiB oder 64 MiB in einem Zip.
refused-invalid-zip = Eine der Dateien ist kein Zip.
refused-invalid-bundle = Einem der Zips ist nicht zu trauen.

# Services, machines, the pause
nav-services = Dienste
services-none = Dieser Server kennt keine Dienste. Die Verwaltung führt sie in service_connectors.json auf.
services-internal = Interne Dienste
services-connect = Verbinden
services-reconnect = Neu verbinden
services-disconnect = Trennen
services-disconnect-sure = Der Schlüssel wird widerrufen, und deine Rechner verlieren ihn beim nächsten Abruf.
services-not-configured = nicht eingerichtet
services-connected = verbunden { $name }
services-expires = der Schlüssel gilt bis { $name }
services-expired = der Schlüssel ist am { $name } abgelaufen
services-needs-you = { $name } braucht dich
services-a-browser = Ein Browser
services-a-service = Ein Dienst
services-why-grant = der Zugang wurde widerrufen oder ist abgelaufen
services-why-cookie = er ist nicht mehr bei claude.ai angemeldet; melde dich dort an
services-why-endpoint = claude.ai antwortet anders als erwartet; aktualisiere die Erweiterung
services-why-expired = der Schlüssel ist abgelaufen; verbinde neu
services-why-client = er weist diesen Server ab; frag die Verwaltung
services-why-other = er verweigert den Zugang; verbinde neu
services-machines = Rechner
services-machines-how = Führe „skillferry pull“ im Ordner eines Projekts aus und gib den angezeigten Code ein.
services-machine-nameless = Ein Rechner ohne Namen
services-machine-pulled = abgerufen { $name }
services-machine-never = hat noch nichts abgerufen
services-machine-approved = Der Rechner ruft ab jetzt deine Schlüssel ab.
services-machine-code = Code
services-machine-approve = Zulassen
services-machine-revoke = Widerrufen
services-machine-sure = Er ruft nichts mehr ab. Was auf ihm liegt, bleibt, bis es dort entfernt wird.
services-pause = Pause
services-pause-what = Während der Pause wird deinen Browsern und Rechnern nichts übergeben. Was inzwischen anfällt, wartet.
services-pause-why = Warum, wenn du magst
services-pause-go = Meine Arbeit anhalten
services-resume = Fortsetzen
services-resume-go = Meine Arbeit fortsetzen
services-paused-operator = Der Betreiber dieses Servers hat alles angehalten.
services-paused-operator-why = Der Betreiber dieses Servers hat alles angehalten: { $name }
services-paused-own = Du hast deine Arbeit angehalten.
services-paused-own-why = Du hast deine Arbeit angehalten: { $name }
services-done = { $name } ist verbunden. Dein Rechner bekommt den Schlüssel beim nächsten Abruf.
services-done-not-configured = { $name } ist nicht eingerichtet: Dem Server fehlt das gemeinsame Geheimnis. Frag die Verwaltung.
services-done-no-address = { $name } wurde nicht gefragt: Von dir ist keine E-Mail-Adresse bekannt. Bitte die Verwaltung, eine einzutragen.
services-done-failed = Der Token-Austausch mit { $name } ist fehlgeschlagen: { $why }. Es wurde nichts gespeichert; versuch es noch einmal.
services-failed-unreachable = der Dienst ist nicht zu erreichen
services-failed-silent = der Dienst hat 30 Sekunden lang nicht geantwortet
services-failed-status = der Dienst hat mit dem Status { $name } geantwortet
services-failed-malformed = die Antwort hat nicht die vereinbarte Form
services-not-listed = der Dienst steht nicht im Verzeichnis
services-gone = { $name } ist getrennt. Dein Rechner verliert den Schlüssel beim nächsten Abruf.
services-gone-not-revocable = { $name } ist hier getrennt, und dein Rechner verliert den Schlüssel beim nächsten Abruf. Der Dienst hat dem Schlüssel keine Kennung gegeben, mit der er sich widerrufen ließe: Dort gilt er, bis er abläuft.
services-gone-not-yet = { $name } ist hier getrennt, und dein Rechner verliert den Schlüssel beim nächsten Abruf. Dort ist der Schlüssel noch nicht widerrufen: { $why }. Der Server versucht es von selbst wieder.
services-gone-was-none = { $name } war nicht verbunden.
services-withdrawn = Dieser Server bietet diesen Dienst nicht mehr an.
services-give-up = Nicht verbinden
services-give-up-sure = Die Warnung verschwindet. Du kannst jederzeit verbinden.
services-machine-nobody = Kein Rechner wartet mit diesem Code.
services-machine-expired = Dieser Code ist abgelaufen. Führe „skillferry pull“ noch einmal aus.
refused-service-not-found = Diesen Dienst gibt es nicht.
refused-keys-locked = Der Server kann seinen Schlüssel zum Verschlüsseln gerade nicht benutzen. Die Verwaltung findet die Ursache in seinem Protokoll.
refused-machine-not-found = Diesen Rechner hast du nicht.
pause-own = Dein Hebel
pause-own-off = Du hältst nichts an.
pause-own-on = Du hast deine Arbeit { $name } angehalten.
pause-own-on-why = Du hast deine Arbeit { $name } angehalten: { $why }
pause-operator = Der Hebel des Betreibers
pause-operator-off = Der Betreiber dieses Servers hält nichts an.
pause-held = Es warten: { $count }. Nichts geht verloren.
pause-hold-sure = Bis du fortsetzt, wird nichts mehr übergeben, auch nicht mitten in einem Stapel.
pause-resume-sure = Was gewartet hat, wird sofort übergeben.
account-data = Deine Daten
account-data-what = Eine Datei mit allem, was dieser Server über dich aufbewahrt; Passwörter, Token und Schlüssel sind nicht darin.
account-data-export = Meine Daten herunterladen
account-delete = Mein Konto löschen
account-delete-goes = Was geht, sofort und endgültig: dein Konto mit seinen Sitzungen und Token, deine gekoppelten Browser und Rechner, deine Verbindungen zu Diensten, deren Schlüssel dort widerrufen werden, und dein Name und deine Adressen im Protokoll.
account-delete-stays = Was bleibt: die Skills der Bibliothek, was schon in deinem Konto auf claude.ai und auf deinen Rechnern liegt, und die Zeilen des Protokolls, ohne alles, was dich nennt.
account-delete-last-admin = Du bist die letzte Person mit Verwaltungsrechten, die sich anmelden darf. Gib sie zuerst jemand anderem; sonst kann niemand mehr diesen Server von hier aus verwalten.
account-delete-even-so = Trotzdem löschen
account-delete-confirm = Tippe zur Bestätigung deinen Namen: { $name }
account-delete-mismatch = Nichts wurde gelöscht: Getippt wurde nicht dein Name, { $name }.
account-gone = Dein Konto ist gelöscht
account-gone-sentence = Dieser Server bewahrt nichts mehr über dich auf. Dienste widerrufen deine Schlüssel; der Server versucht es, bis sie es bestätigen.
account-gone-elsewhere = Was auf einem deiner Rechner liegt, entfernt:
