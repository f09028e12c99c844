# Textes des pages. Les clés sont les mêmes dans chaque langue ; un test y veille.

skip = Aller à la page
nav = Pages
nav-overview = Vue d’ensemble
nav-skills = Skills
nav-collections = Collections
nav-browsers = Navigateurs
nav-conflicts = Conflits
nav-held = Retenus
nav-queue = File
nav-activity = Activité
nav-health = Santé
nav-settings = Réglages
log-out = Se déconnecter
offline = Le serveur ne répond pas. Cette page montre le dernier état connu et reprend toute seule.
footer = Skillferry utilise votre propre navigateur et n’est ni créé ni approuvé par Anthropic.
missing-title = Il n’y a rien ici
missing-sentence = Ce qui se trouvait à cette adresse a été retiré, ou n’a jamais existé.
admins-title = Cette page est réservée à l’administration
missing-action = Aller à la vue d’ensemble

never = jamais
none = aucune
yes = oui
no = non
unknown = inconnu
save = Enregistrer
retry = Réessayer
search = Recherche
search-go = Chercher
search-none = Rien ne correspond.
search-clear = Tout afficher
filter-state = État
filter-any = Tous
pages = Autres pages
pages-before = Précédente
pages-after = Suivante
pages-here = Page { $count } sur { $all }

age-now = à l’instant
age-seconds = il y a moins d’une minute
age-minutes = { $count ->
    [one] il y a une minute
   *[other] il y a { $count } minutes
}
age-hours = { $count ->
    [one] il y a une heure
   *[other] il y a { $count } heures
}
age-days = { $count ->
    [one] il y a un jour
   *[other] il y a { $count } jours
}

overview-title = Tout est-il à jour ?
verdict-in-step = Oui. Chaque skill de votre bibliothèque est dans chaque compte.
verdict-waiting = { $count ->
    [one] Un skill est en route.
   *[other] { $count } skills sont en route.
}
verdict-attention = { $count ->
    [one] Une chose vous attend.
   *[other] { $count } choses vous attendent.
}
verdict-empty = Votre bibliothèque est vide.
verdict-alone = Vos skills attendent un navigateur.
first-library = Placez un dossier contenant un SKILL.md dans votre bibliothèque. Il apparaît ici tout seul.
first-library-action = À quoi cela ressemble
first-connect = { $count ->
    [one] Votre bibliothèque contient un skill. Associez le navigateur dans lequel vous utilisez claude.ai, et il y arrive.
   *[other] Votre bibliothèque contient { $count } skills. Associez le navigateur dans lequel vous utilisez claude.ai, et ils y arrivent.
}
first-connect-action = Associer un navigateur
figure-all = Tous les skills

todo-look = Regarder
todo-held = { $count ->
    [one] Une modification de nombreux skills à la fois attend votre décision.
   *[other] { $count } modifications de nombreux skills à la fois attendent votre décision.
}
todo-conflicts = { $count ->
    [one] Un skill a changé des deux côtés.
   *[other] { $count } skills ont changé des deux côtés.
}
todo-failed = { $count ->
    [one] Une opération a échoué.
   *[other] { $count } opérations ont échoué.
}
todo-failed-action = Voir pourquoi
todo-drift = { $count ->
    [one] claude.ai a répondu une fois autrement que l’extension ne l’attend.
   *[other] claude.ai a répondu { $count } fois autrement que l’extension ne l’attend.
}
todo-refused = { $count ->
    [one] Un dossier ne peut pas aller sur claude.ai tel quel.
   *[other] { $count } dossiers ne peuvent pas aller sur claude.ai tels quels.
}
todo-refused-action = Voir ce qui manque
todo-library-missing = Le dossier de la bibliothèque { $name } a disparu ou n’est pas lisible. Rien n’est retiré ; remettez-le, et tout reprend tout seul.
todo-library = Tout le dossier de la bibliothèque n’a pas pu être gardé : { $name }
todo-signed-out = { $name } est déconnecté de claude.ai. Connectez-vous là-bas ; le travail reprend tout seul.
todo-signed-out-action = Ouvrir claude.ai
todo-browser = { $name } demande un coup d’œil.
waiting-title = Ce qui vous attend
waiting-none = Rien. Tout avance tout seul.

charts-title = Les derniers jours
chart-syncs = Skills apportés à claude.ai, par jour
chart-ages = Depuis quand les opérations attendent
chart-browsers = Opérations de chaque navigateur dans les dernières 24 heures
chart-uses = Utilisations des skills, par jour
chart-used = Les skills les plus utilisés en 7 jours
chart-skill = Skill
chart-uses-count = Utilisations
chart-day = Jour (UTC)
chart-age = Âge
chart-done = Réussies
chart-failed = Échouées
chart-waiting = En attente
chart-nothing = Encore rien à montrer.
chart-table = Sous forme de tableau
chart-summary = { $name }. { $count } en tout ; le tableau ci-dessous donne les chiffres.
range-minute = < 1 min
range-ten-minutes = < 10 min
range-hour = < 1 h
range-day = < 1 jour
range-older = plus

health-title = Santé du connecteur
health-errors = Navigateurs en erreur
health-failed = Opérations échouées
health-pending = Opérations en attente
health-conflicts = Conflits
health-schema = Schéma
health-diagnostic = Diagnostic
health-again = Vérifier à nouveau
health-now = Vérifié à l’instant.
health-copy-title = Pour un rapport
health-copy-sentence = La même chose en texte. Il ne contient ni jeton, ni nom, ni adresse.
health-copy = Copier le texte
health-copied = Copié.

state-in-step = À jour
state-waiting = En route
state-held = Retenu
state-conflict = Conflit
state-failed = Échec
state-apart = Pas partout
state-off = Désactivé
state-alone = Attend un navigateur
state-refused = Non pris

library-none = Le serveur ne suit aucun dossier.
skills-count = { $count ->
    [one] { $count } skill
   *[other] { $count } skills
}
skills-refused = Dossiers qui ne peuvent pas aller sur claude.ai
skills-refused-count = { $count ->
    [one] { $count } dossier n’a pas été pris.
   *[other] { $count } dossiers n’ont pas été pris.
}
skills-none = Pas encore de skill
skills-none-sentence = Un skill est un dossier contenant un SKILL.md. Placez-en un dans le dossier de votre bibliothèque, et il apparaît ici tout seul.
skill-repaired-short = réparé
skill-where = Où il se trouve
skill-where-none = Aucun navigateur n’est associé.
skill-seen = vu { $name }
skill-sync-off = Ne plus tenir à jour
skill-sync-off-hint = Rien n’est touché sur claude.ai ; il y reste tel quel.
skill-sync-on = Tenir à jour
skill-sync-on-hint = Il va dans le compte de chaque navigateur associé.
skill-about = À propos
skill-folder = Dossier
skill-own = créé sur ce serveur
skill-changed = Modifié
skill-uses = Utilisations sur claude.ai
skill-uses-count = { $count } ces 7 derniers jours, { $all } en tout
skill-repairs = Réparé pour claude.ai
skill-repairs-sentence = claude.ai refuserait le dossier tel quel, voici donc ce qui change en chemin. Vos fichiers restent comme ils sont.
skill-history = Historique
version = version { $count }
version-latest = en vigueur
version-changes = Ce qui a changé
version-same-text = Le texte est le même qu’avant.
version-restore = Restaurer
versions-older = { $count ->
    [one] Une version plus ancienne est gardée aussi.
   *[other] { $count } versions plus anciennes sont gardées aussi.
}
operation-taken = { $name } : un navigateur s’en occupe
operation-attempts = { $count ->
    [0] { $name } : en attente
    [one] { $name } : essayé une fois
   *[other] { $name } : essayé { $count } fois
}
diff-before = Ligne avant
diff-after = Ligne après
diff-sign = Changement
diff-text = Texte
diff-of = Changements de { $name }
diff-binary = Ce n’est pas du texte, les changements ne peuvent pas être montrés.
diff-too-much = Trop de choses ont changé pour être montrées ici ligne par ligne.

kind-upload = Envoi
kind-update = Mise à jour
kind-delete = Retrait
kind-list = Liste
kind-fetch-one = Téléchargement
kind-publish-group = Publication de groupes

browsers-none = Aucun navigateur n’est associé
browsers-none-sentence = Associez le navigateur dans lequel vous utilisez claude.ai. Il y apporte vos skills.
browser-nameless = Un navigateur sans nom
browser-linked = { $count ->
    [one] { $count } skill
   *[other] { $count } skills
}
browser-pending = { $count ->
    [0] rien en attente
   *[other] { $count } en attente
}
browser-last = dernier succès : { $name }
browser-state-active = Associé
browser-state-cookie-expired = Déconnecté de claude.ai
browser-state-error = Demande un coup d’œil
browser-state-pending-approval = Attend votre accord
browser-state-disconnected = Dissocié
browser-signed-out-remedy = Connectez-vous à claude.ai dans ce navigateur ; le travail attend et reprend tout seul.
browser-sync = Synchroniser
browser-settings = Réglages
browser-label = Nom
browser-policy = Quand les deux côtés ont changé
browser-rotate = Nouveau jeton
browser-rotate-sentence = Le jeton du navigateur est révoqué aussitôt et un nouveau est montré une seule fois. Sans lui, il faut associer le navigateur à nouveau.
browser-rotate-go = Révoquer et en montrer un nouveau
browser-disconnect = Dissocier
browser-disconnect-sentence = Son jeton est révoqué. Les skills du compte y restent.
browser-disconnect-go = Dissocier ce navigateur
rotated-token = Le nouveau jeton, montré cette seule fois :
policy-ask = Me demander
policy-skillnote-wins = La bibliothèque l’emporte
policy-claude-ai-wins = claude.ai l’emporte
pairings-waiting = { $count ->
    [one] Un navigateur attend votre accord.
   *[other] { $count } navigateurs attendent votre accord.
}
pairings-look = Comparer le code

pair-title = Associer un navigateur
pair-approved = { $name } accepté. Le navigateur prend sa clé en quelques secondes.
pair-progress = { $count ->
    [0] Dès que votre bibliothèque contient un skill, il va dans votre compte.
    [one] Votre skill est en route vers votre compte.
   *[other] Vos { $count } skills sont en route vers votre compte.
}
pair-go-on = Les voir arriver
pair-type = Saisissez le code qu’affiche votre navigateur
pair-code = Code d’association
pair-approve = Accepter
pair-name = Navigateur
pair-address = Adresse
pair-asked = Demandé
pair-compare = N’acceptez que si votre navigateur affiche exactement ce code maintenant.
guide-title = Trois étapes dans le navigateur
guide-install = Ajoutez l’extension Skillferry au navigateur dans lequel vous utilisez claude.ai.
guide-chrome = Ouvrez chrome://extensions, activez le mode développeur, choisissez « Charger l’extension non empaquetée » et prenez le dossier de l’extension ; ou installez-la depuis la boutique.
guide-firefox = Ouvrez about:addons, choisissez « Installer un module depuis un fichier » et prenez le paquet de l’extension ; ou installez-la depuis la boutique.
guide-address = Cliquez sur son icône et saisissez l’adresse de ce serveur :
guide-pair = Choisissez « Associer ce navigateur ».
guide-waiting = En attente d’un navigateur. Son code apparaît ici tout seul.
guide-type = Pas encore de code ? Votre navigateur l’affiche après la troisième étape.

conflicts-none = Aucun conflit
conflicts-none-sentence = Quand un skill change ici et sur claude.ai à la fois, les deux textes sont gardés et vous décidez ici.
conflicts-sentence = Ces skills ont changé ici et sur claude.ai. Rien n’est écrasé avant votre décision ; chaque version est gardée.
conflict-title = Conflit : { $name }
conflict-decide = Décider
conflict-browser = Dans le compte de { $name }.
conflict-seen = Vu là-bas { $name }.
conflict-kept = Quel que soit votre choix, chaque version est gardée et peut être restaurée.
conflict-ours = Garder la nôtre
conflict-theirs = Garder la leur
conflict-both = Garder les deux
conflict-skip = Passer
conflict-hint = La nôtre est celle de la bibliothèque, la leur est celle de claude.ai. Les deux : la leur devient un second skill. Passer les laisse telles quelles jusqu’au prochain changement.
conflict-compare = Comparer
conflict-view-sides = Côte à côte
conflict-view-inline = À la suite
conflict-ours-theirs = La nôtre et la leur
conflict-base-ours = Ce qui a changé ici
conflict-base-theirs = Ce qui a changé sur claude.ai
side-base = La dernière version commune
side-ours = La nôtre (bibliothèque)
side-theirs = La leur (claude.ai)
conflict-same = Aucune différence dans le texte.
conflict-download-ours = Télécharger la nôtre
conflict-download-theirs = Télécharger la leur
conflict-files = Fichiers différents
conflict-merge = Fusionner
conflict-merge-clean = Fusionner les deux
conflict-merge-clean-sentence = Les modifications ne se chevauchent pas. Vous pouvez encore changer le résultat.
conflict-merge-sentence = Les modifications se chevauchent entre les lignes marquées. Écrivez ce qui doit y figurer et retirez les marques.
conflict-merge-text = Texte fusionné de SKILL.md
conflict-merge-go = Garder le texte fusionné
filter-changed = modifié des deux côtés
filter-only-here = seulement dans la bibliothèque
filter-only-on-claude-ai = seulement sur claude.ai

held-none = Rien n’est retenu
held-none-sentence = Une modification qui remplacerait ou retirerait plus d’un cinquième d’un côté, et au moins cinq skills, attend ici votre décision.
held-decide = Décider
held-account = { $count } skills du compte claude.ai dans { $name } changeraient à la fois.
held-folder = { $count } skills ont disparu à la fois du dossier de la bibliothèque.
held-library = { $count } skills de la bibliothèque seraient remplacés à la fois par { $name }.
held-since = Retenu { $name }
held-replaced = { $count ->
    [one] { $count } serait remplacé
   *[other] { $count } seraient remplacés
}
held-removed = { $count ->
    [one] { $count } serait retiré
   *[other] { $count } seraient retirés
}
held-agree = Continuer
held-refuse = Laisser tel quel

queue-pending = { $count ->
    [0] Rien n’attend.
    [one] Une opération attend.
   *[other] { $count } opérations attendent.
}
queue-progress = { $count ->
    [0] Aucun navigateur ne travaille.
    [one] Une est en cours.
   *[other] { $count } sont en cours.
}
queue-failed = Échouées
queue-failed-sentence = Chacune a été essayée trois fois. Elles ne bloquent rien d’autre.
queue-retry-all = Tout réessayer
queue-open = En cours
queue-taken = en cours
queue-waits = en attente
queue-none = La file est vide
queue-none-sentence = Ce qui change dans la bibliothèque se trouve ici jusqu’à ce qu’un navigateur l’ait apporté à claude.ai.

activity-latest = Dernière activité
activity-event = Événement
activity-browser = Navigateur
activity-since = Du
activity-until = Au
activity-csv = Télécharger en CSV
activity-when = Quand
activity-about = Skill
activity-detail = Détail
activity-more = Plus
activity-older = Plus anciens
activity-reached = Rien d’antérieur au { $name } n’a encore été parcouru.
activity-further = Chercher plus loin
activity-newest = Plus récents
event-pair-started = Association demandée
event-pair-approved = Association acceptée
event-pair-redeemed = Navigateur associé
event-pair-expired = Association expirée
event-integration-updated = Réglages d’un navigateur modifiés
event-integration-disconnected = Navigateur dissocié
event-token-revoked = Jeton révoqué
event-sync-triggered = Synchronisation demandée
event-skill-pushed = Skill apporté à claude.ai
event-skill-delete-pushed = Skill retiré de claude.ai
event-skill-imported = Skill venu de claude.ai
event-op-failed = Opération échouée
event-op-retried = Opération réessayée
event-cookie-expired = Déconnecté de claude.ai
event-conflict-detected = Conflit trouvé
event-conflict-resolved = Conflit décidé
event-endpoint-changed = claude.ai répond autrement
event-skill-created = Nouveau skill dans la bibliothèque
event-skill-updated = Skill modifié dans la bibliothèque
event-skill-deleted = Skill retiré de la bibliothèque
event-skill-restored = Version restaurée
event-user-added = Personne ajoutée
event-user-signed-in = Connexion
event-sign-in-refused = Connexion refusée
event-user-exported = Données d’une personne exportées
event-user-deleted = Personne supprimée
event-personal-data-removed = Données personnelles retirées du journal
event-service-connected = Service connecté
event-service-disconnected = Service déconnecté
event-service-key-revoked = Clé révoquée par un service
event-service-keys-rotated = Clés gardées chiffrées à nouveau
event-machine-paired = Machine associée
event-machine-revoked = Machine dissociée
event-autonomy-paused = Travail en pause
event-autonomy-resumed = Travail repris

collections-sentence = Une collection publiée arrive sur claude.ai comme un groupe.
collections-none = Pas encore de collection
collections-none-sentence = Créez-en une ci-dessus, puis nommez-la dans les skills qui en font partie.
collections-name = Nom
collections-for = À quoi elle sert
collections-make = Créer une collection
collections-published = Publiée
collection-group = Sur claude.ai
collection-is-published = Elle est publiée comme groupe dans le compte de chaque navigateur associé.
collection-not-published = Elle n’est pas publiée. La publier apporte ses skills à claude.ai comme un groupe, quinze au plus.
collection-publish = Publier comme groupe
collection-unpublish = Retirer le groupe
collection-empty = Aucun skill ne la nomme encore.
collection-remove = Supprimer la collection
collection-remove-sentence = Aucun skill n’y est ; rien d’autre ne part avec elle.

check-pass = Bien
check-warn = À regarder
check-fail = Ne marche pas
check-backend-db = Base de données
check-backend-db-ok = Elle répond.
check-schema-migrated = Schéma
check-schema-migrated-ok = { $name }
check-integrations-paired = Navigateurs associés
check-integrations-paired-ok = { $count } associés.
check-integrations-paired-remedy = Aucun navigateur n’est associé. Installez l’extension et associez-en un.
check-no-cookie-expired = Sessions claude.ai
check-no-cookie-expired-ok = Chaque navigateur associé est connecté, pour autant qu’on sache.
check-no-cookie-expired-remedy = { $count } déconnectés. Connectez-vous à claude.ai dans ce navigateur ; le travail attend et reprend tout seul.
check-no-stuck-in-progress = Travail en cours
check-no-stuck-in-progress-ok = Rien n’est bloqué.
check-no-stuck-in-progress-remedy = { $count } prises il y a plus de cinq minutes. Elles sont rendues toutes seules ; ouvrez ce navigateur si elles restent.
check-sync-recent = Navigateurs synchronisés
check-sync-recent-ok = { $count } dans la dernière heure.
check-sync-recent-remedy = Aucun navigateur n’a rien terminé dans la dernière heure. C’est bien si rien n’a changé ; sinon ouvrez un navigateur associé.
check-conflicts-low = Conflits
check-conflicts-low-ok = { $count } en attente.
check-conflicts-low-remedy = { $count } skills ont changé des deux côtés. Décidez sous « Conflits ».
check-pair-attempts-quiet = Essais d’association
check-pair-attempts-quiet-ok = { $count } dans la dernière heure.
check-pair-attempts-quiet-remedy = { $count } dans la dernière heure. Si ce n’était pas vous, le manuel d’exploitation dit comment voir d’où ils venaient.
check-extension-endpoint-stable = Points d’accès de claude.ai
check-extension-endpoint-stable-ok = Aucun changement vu depuis un jour.
check-extension-endpoint-stable-remedy = { $count } changements vus depuis un jour. L’écriture y est retenue ; mettez l’extension à jour.
check-service-registry = Registre des services
check-service-registry-ok = Il peut être lu.

drift-title = Écarts
drift-sentence = claude.ai n’a pas d’interface publique pour les skills. Chaque navigateur compare donc chaque réponse à ce qu’il attend, et cesse d’écrire là où quelque chose ne va pas.
drift-none = claude.ai répond comme prévu
drift-none-sentence = Aucun navigateur n’a signalé d’écart dans les 30 derniers jours.
drift-since = Depuis
drift-last = Vu en dernier
drift-findings = Constats
drift-kind = Constat
drift-severity = Poids
drift-at = Où
drift-expected = Attendu
drift-seen = Vu
verdict-of-warn = Noté
verdict-of-fall-back = Un autre chemin est utilisé
verdict-of-read-only = Écriture retenue
verdict-of-stop = Arrêté
verdict-remedy-warn = Rien n’est retenu. Une extension plus récente connaîtra la nouvelle réponse.
verdict-remedy-fall-back = Le travail continue par un chemin connu. Mettez l’extension à jour quand il y en a une plus récente.
verdict-remedy-read-only = Les changements attendent et reprennent après une mise à jour de l’extension.
verdict-remedy-stop = Rien n’y est plus demandé. Les changements attendent et reprennent après une mise à jour de l’extension.

settings-general = Général
settings-account = Votre compte
settings-people = Personnes
settings-appearance = Apparence
settings-language = Langue
settings-theme = Couleurs
settings-automatic = Comme le système
settings-light = Claires
settings-dark = Sombres
settings-policy = Chaque navigateur a sa propre règle pour les skills modifiés des deux côtés.
settings-server = Le serveur
settings-server-sentence = Comment il a été démarré. Un nouveau démarrage avec l’option nommée le change.
settings-version = Version
settings-library = Bibliothèque
settings-write-back = Écrit dans le dossier les versions faites ici
settings-database = Base de données
settings-delivery = Livraison
settings-retention = Le journal est gardé
settings-for-ever = pour toujours
settings-days = { $count ->
    [one] un jour
   *[other] { $count } jours
}
settings-hold = L’écriture sur claude.ai est retenue
filter-delivery-skills = chaque skill séparément
filter-delivery-groups = collections publiées seulement

password = Mot de passe
account-provider = Vous vous connectez avec { $name } et n’avez pas besoin de mot de passe ici.
account-password-now = Mot de passe actuel
account-password-new = Nouveau mot de passe, 12 caractères ou plus
account-password-set = Définir le mot de passe
account-password-done = Le mot de passe est défini. Vos autres sessions sont terminées.
account-password-length = Un mot de passe compte de { $count } à { $all } caractères.
account-sessions = Sessions
account-session-own = celle-ci
account-session-end = Terminer
account-sessions-end = Terminer toutes les autres
account-used = utilisé { $name }
account-tokens = Jetons d’administration
account-token-shown = Le nouveau jeton, montré cette seule fois :
account-token-revoke = Révoquer
account-token-for = À quoi il sert
account-token-make = Créer un jeton
people-add = Ajouter quelqu’un
people-add-go = Ajouter
people-role = Droits
people-admin = Administration
people-member = Membre
people-disabled = désactivé
people-link = Lien de connexion
people-link-shown = Un lien qui connecte { $name } une fois, valable un jour. Il est montré cette seule fois :
people-make-admin = Donner l’administration
people-make-member = Rendre membre
people-disable = Désactiver
people-enable = Activer

login-title = Se connecter
login-provider = Se connecter avec { $name }
login-name = Nom
login-go = Se connecter
login-link = La première fois, ou sans mot de passe : ouvrez le lien à usage unique que le serveur a affiché au démarrage. Il est valable 15 minutes ; ceci en affiche un nouveau :
login-begun = Connexion …
login-unexpected = Le serveur n’a pas répondu comme prévu. Rechargez la page.
login-unreachable = Le serveur est injoignable. Démarrez-le, puis ouvrez son nouveau lien.
login-link-used = Ce lien de connexion a déjà servi ou est trop ancien. Prenez-en un nouveau, ou redémarrez le serveur.
login-noscript = Le lien a besoin de JavaScript sur cette page ; le nom et le mot de passe non.
login-too-many = { $count ->
    [one] Trop d’essais. Réessayez dans une seconde.
   *[other] Trop d’essais. Réessayez dans { $count } secondes.
}
signed-in = Connecté
signed-in-go = Aller à la vue d’ensemble

said-saved = Enregistré.
said-sync = Ce qui manque est mis en file.
said-sync-on = Le skill est désormais tenu à jour.
said-sync-off = Le skill n’est plus tenu à jour.
said-restored = L’ancienne version est de nouveau en vigueur, comme nouvelle version.
said-disconnected = Dissocié. Les skills du compte y restent.
said-retried = Nouvel essai.
said-agreed = C’est parti.
said-left = Tout reste tel quel.
said-resolved = Décidé. La suite est mise en file.
said-skipped = Mis de côté jusqu’au prochain changement.
said-published = Publiée. La suite est mise en file pour chaque navigateur associé.
said-unpublished = Le groupe est retiré.
said-removed = Supprimé.
said-person-added = Ajouté. Un lien de connexion lui ouvre l’accès.
refused-other = Cela n’a pas marché ({ $name }).
refused-validation-error = Il manque quelque chose dans le formulaire, ou quelque chose ne convient pas.
refused-invalid-date-range = Le premier jour ne peut pas suivre le dernier.
refused-admin-required = Seule l’administration peut le faire. Demandez-lui.
refused-user-not-found = Cette personne n’existe pas.
refused-user-name-taken = Quelqu’un porte déjà ce nom. Choisissez-en un autre.
refused-last-admin = C’est la dernière personne de l’administration qui peut se connecter. Donnez-la d’abord à quelqu’un d’autre.
refused-wrong-password = Le mot de passe actuel n’est pas le bon.
refused-wrong-password-login = Le nom et le mot de passe ne vont pas ensemble.
refused-password-not-allowed = Vous vous connectez avec un fournisseur et n’avez pas de mot de passe ici.
refused-rate-limited = Trop d’essais. Attendez un peu, puis réessayez.
refused-pairing-not-found = Aucun navigateur n’attend avec ce code.
refused-pairing-expired = Ce code a expiré. Recommencez dans le navigateur.
refused-integration-not-found = Ce navigateur n’existe pas.
refused-integration-not-active = Ce navigateur n’est plus associé.
refused-integration-inactive = Le navigateur de ce compte n’est plus associé. Associez-le d’abord à nouveau.
refused-integration-disconnected = Ce navigateur a été dissocié. Associez-le à nouveau.
refused-operation-not-found = Cette opération n’existe plus.
refused-operation-not-retryable = Seule une opération échouée peut être réessayée.
refused-skill-not-found = Ce skill n’existe plus.
refused-version-not-found = Le skill n’a pas cette version.
refused-collection-not-found = Cette collection n’existe pas.
refused-collection-exists = Une collection porte déjà ce nom.
refused-collection-in-use = Des skills sont dans la collection. Retirez-les d’abord.
refused-collection-name-invalid = Un nom compte de 1 à 128 minuscules, chiffres, traits d’union et de soulignement.
refused-held-batch-not-found = Cette modification retenue n’existe pas.
refused-held-batch-decided = C’est déjà décidé, ou il n’y a plus rien à décider.
refused-link-not-found = Ce conflit n’existe plus.
refused-link-not-in-conflict = Ce skill n’est plus en conflit.
refused-no-skillnote-side = La bibliothèque n’a pas de skill à garder ici.
refused-no-latest-version = Le skill a été retiré de la bibliothèque. Gardez l’un des côtés.
refused-conflict-needs-resync = Ce que contient claude.ai n’est pas connu ici. Synchronisez le navigateur encore une fois.
refused-merge-overlaps = Les modifications se chevauchent. Écrivez le texte fusionné ci-dessous, ou gardez l’un des côtés.
refused-sign-in-provider-unreachable = Le fournisseur de connexion ne répond pas en ce moment. Réessayez dans une minute, ou connectez-vous autrement.
refused-sign-in-provider-unverified = La réponse du fournisseur de connexion n’a pas pu être vérifiée. Reconnectez-vous. Si cela n’aide pas, l’administration trouve la raison dans le journal du serveur.
refused-sign-in-sign-in-denied = Le fournisseur de connexion ne vous a pas laissé entrer, ou vous avez annulé. Reconnectez-vous, avec un compte qui peut utiliser Skillferry.
refused-sign-in-sign-in-expired = Cette connexion a commencé dans un autre navigateur, a déjà servi, ou a duré plus de dix minutes. Reconnectez-vous.
refused-sign-in-domain-not-allowed = Votre adresse e-mail n’appartient pas à un domaine qui peut se connecter ici. Connectez-vous avec le compte de votre équipe.
refused-sign-in-email-not-verified = Le fournisseur de connexion n’a pas vérifié votre adresse e-mail. Faites-la vérifier là-bas, puis reconnectez-vous.
refused-sign-in-claim-missing = Vous n’êtes pas dans le groupe qui peut se connecter ici. Demandez à l’administration de vous y ajouter, puis reconnectez-vous.
refused-sign-in-user-disabled = L’administration a désactivé votre accès. Demandez-lui de le réactiver.

reason-too-many-files = claude.ai prend au plus 200 fichiers par skill. Retirez des fichiers, ou écartez-en avec .skillignore.
reason-too-large = claude.ai prend au plus 30 Mo par skill. Retirez des fichiers, ou écartez-en avec .skillignore.
reason-front-matter-missing = SKILL.md ne commence pas par une ligne de trois tirets. Ajoutez un en-tête avec name et description.
reason-front-matter-unclosed = L’en-tête n’est pas fermé par une ligne de trois tirets. Fermez-le.
reason-yaml-malformed = L’en-tête n’est pas du YAML valide. Corrigez la ligne ; mettre la valeur entre guillemets aide souvent.
reason-name-missing = L’en-tête n’a pas de nom. Ajoutez-en un.
reason-name-characters = Le nom ne peut contenir que des minuscules, des chiffres et des traits d’union. Renommez-le.
reason-name-reserved = Le nom contient un mot réservé. Renommez-le ; « claude » et « anthropic » ne sont pas permis.
reason-description-missing = L’en-tête n’a pas de description. Dites en une phrase ce que fait le skill et quand l’utiliser.
reason-description-too-long = La description compte plus de 1 024 caractères. Raccourcissez-la.
reason-description-tag = claude.ai ne prend pas de balises dans la description. Retirez les chevrons.

# Import
import-go = Apporter des skills
import-title = Apporter des skills
import-sentence = Choisissez des zips ou un dossier. Vous voyez ce qui changerait avant que quoi que ce soit soit repris.
import-drop = Déposez ici un dossier de skills ou des zips, ou choisissez-les :
import-sending = Envoi et examen …
import-failed = Cela n’a pas marché. Réessayez, ou choisissez les fichiers ci-dessus.
import-zips = Zips d’un ou de plusieurs skills
import-folder = Un dossier de skills
import-look = Regarder
import-path-title = Un dossier sur le serveur
import-path-sentence = Aussi un arbre de travail Git ; ce que Git ignore est laissé de côté. Tout le monde voit les skills que vous en reprenez.
import-path = Chemin sur le serveur
import-roots = Les skills sont repris de ces dossiers et de ce qui s’y trouve : { $name }
import-preview = Ce qui a été trouvé
import-counts-new = { $count } nouveaux
import-counts-change = { $count } modifiés
import-counts-same = { $count } inchangés
import-counts-refused = { $count } refusés
import-effect-new = nouveau
import-effect-change = modifie la version { $count }
import-effect-same = inchangé
import-effect-refused = refusé
import-repaired = réparé
import-in-folder = Se trouve dans le dossier « { $name } » de la bibliothèque, qui est écrit aussi.
import-differences = Différences de { $name }
import-no-diff = Ce n’est pas du texte, ou il y en a trop pour le montrer ici ligne par ligne.
import-take = Reprendre les skills choisis
import-again = En apporter d’autres
import-nothing = Il n’y a rien à reprendre.
import-none = Il n’y a aucun skill dedans : aucun dossier avec un SKILL.md.
import-incomplete = Tout n’a pas été parcouru : il y a trop de dossiers sans skill.
import-moved = { $count ->
    [one] { $count } skill n’a pas été repris, car lui ou la bibliothèque a changé entre-temps. Regardez et choisissez de nouveau.
   *[other] { $count } skills n’ont pas été repris, car eux ou la bibliothèque ont changé entre-temps. Regardez et choisissez de nouveau.
}
import-skill-changes = Ce qui changerait dans la bibliothèque
import-skill-repairs = Ce qui serait réparé avant le voyage
import-file-added = ajouté
import-file-changed = modifié
import-file-removed = supprimé
export-all = Tout en zip
export-one = Télécharger en zip
said-imported = Repris. La suite est en file d’attente.
refused-import-not-found = Cet import est terminé. Apportez les skills de nouveau.
refused-import-path-not-allowed = Le serveur ne reprend de skills d’aucun dossier de ce genre.
refused-empty-bundle = Rien n’a été choisi.
refused-bundle-too-large = C’est trop à la fois : 50 000 fichiers, 256 Mio, ou 64 Mio dans un zip.
refused-invalid-zip = L’un des fichiers n’est pas un zip.
refused-invalid-bundle = L’un des zips n’est pas digne de confiance.

# Services, machines, the pause
nav-services = Services
services-none = Ce serveur ne connaît aucun service. Un admin les inscrit dans service_connectors.json.
services-internal = Services internes
services-connect = Connecter
services-reconnect = Reconnecter
services-disconnect = Déconnecter
services-disconnect-sure = La clé est révoquée, et vos machines la perdent à leur prochaine récupération.
services-not-configured = non configuré
services-connected = connecté { $name }
services-expires = sa clé est valable jusqu’au { $name }
services-expired = sa clé a expiré le { $name }
services-needs-you = { $name } a besoin de vous
services-a-browser = Un navigateur
services-a-service = Un service
services-why-grant = l’accès a été révoqué ou a expiré
services-why-cookie = il n’est plus connecté à claude.ai ; connectez-vous là-bas
services-why-endpoint = claude.ai répond autrement que prévu ; mettez l’extension à jour
services-why-expired = sa clé a expiré ; reconnectez-le
services-why-client = il refuse ce serveur ; demandez à un admin
services-why-other = il refuse l’accès ; reconnectez-le
services-machines = Machines
services-machines-how = Lancez « skillferry pull » dans le dossier d’un projet et saisissez le code affiché.
services-machine-nameless = Une machine sans nom
services-machine-pulled = récupéré { $name }
services-machine-never = n’a encore rien récupéré
services-machine-approved = La machine récupère désormais vos clés.
services-machine-code = Code
services-machine-approve = Autoriser
services-machine-revoke = Révoquer
services-machine-sure = Elle ne récupère plus rien. Ce qui s’y trouve reste jusqu’à ce qu’on l’y supprime.
services-pause = Pause
services-pause-what = Pendant la pause, rien n’est remis à vos navigateurs et machines. Ce qui survient entre-temps attend.
services-pause-why = Pourquoi, si vous voulez
services-pause-go = Suspendre tout mon travail
services-resume = Reprendre
services-resume-go = Laisser mon travail reprendre
services-paused-operator = L’exploitant de ce serveur a tout suspendu.
services-paused-operator-why = L’exploitant de ce serveur a tout suspendu : { $name }
services-paused-own = Vous avez suspendu votre travail.
services-paused-own-why = Vous avez suspendu votre travail : { $name }
services-done = { $name } est connecté. Votre machine reçoit la clé à sa prochaine récupération.
services-done-not-configured = { $name } n’est pas configuré : il manque au serveur le secret partagé. Demandez à l’administration.
services-done-no-address = { $name } n’a pas été sollicité : aucune adresse e-mail n’est connue pour vous. Demandez à l’administration d’en inscrire une.
services-done-failed = L’échange de jetons avec { $name } a échoué : { $why }. Rien n’a été enregistré ; réessayez.
services-failed-unreachable = le service est injoignable
services-failed-silent = le service n’a pas répondu en 30 secondes
services-failed-status = le service a répondu par le statut { $name }
services-failed-malformed = la réponse n’a pas la forme convenue
services-not-listed = le service n’est pas dans le registre
services-gone = { $name } est déconnecté. Votre machine perd la clé à sa prochaine récupération.
services-gone-not-revocable = { $name } est déconnecté ici, et votre machine perd la clé à sa prochaine récupération. Le service n’a donné à la clé aucun identifiant permettant de la révoquer : elle y reste valable jusqu’à son expiration.
services-gone-not-yet = { $name } est déconnecté ici, et votre machine perd la clé à sa prochaine récupération. La clé n’y est pas encore révoquée : { $why }. Le serveur réessaie tout seul.
services-gone-was-none = { $name } n’était pas connecté.
services-withdrawn = Ce serveur ne propose plus ce service.
services-give-up = Ne pas connecter
services-give-up-sure = L’avertissement disparaît. Vous pouvez connecter à tout moment.
services-machine-nobody = Aucune machine n’attend avec ce code.
services-machine-expired = Ce code a expiré. Relancez « skillferry pull ».
refused-service-not-found = Ce service n’existe pas.
refused-keys-locked = Le serveur ne peut pas utiliser sa clé de chiffrement en ce moment. L’administration en trouve la cause dans son journal.
refused-machine-not-found = Vous n’avez pas de telle machine.
pause-own = Votre levier
pause-own-off = Vous ne suspendez rien.
pause-own-on = Vous avez suspendu votre travail { $name }.
pause-own-on-why = Vous avez suspendu votre travail { $name } : { $why }
pause-operator = Le levier de l’exploitant
pause-operator-off = L’exploitant de ce serveur ne suspend rien.
pause-held = En attente : { $count }. Rien n’est perdu.
pause-hold-sure = Rien n’est remis jusqu’à la reprise, pas même au milieu d’un lot.
pause-resume-sure = Ce qui a attendu est remis aussitôt.
account-data = Vos données
account-data-what = Un fichier avec tout ce que ce serveur conserve à votre sujet ; il ne contient ni mot de passe, ni jeton, ni clé.
account-data-export = Télécharger mes données
account-delete = Supprimer mon compte
account-delete-goes = Ce qui disparaît, aussitôt et définitivement : votre compte avec ses sessions et jetons, vos navigateurs et machines associés, vos connexions à des services, dont les clés y sont révoquées, et votre nom et vos adresses dans le journal d’audit.
account-delete-stays = Ce qui reste : les skills de la bibliothèque, ce qui se trouve déjà dans votre compte sur claude.ai et sur vos machines, et les lignes du journal d’audit, sans rien qui vous désigne.
account-delete-last-admin = Vous êtes la dernière personne de l’administration qui peut se connecter. Donnez-la d’abord à quelqu’un d’autre ; sinon plus personne ne pourra administrer ce serveur d’ici.
account-delete-even-so = Supprimer quand même
account-delete-confirm = Pour confirmer, tapez votre nom : { $name }
account-delete-mismatch = Rien n’a été supprimé : ce qui a été tapé n’est pas votre nom, { $name }.
account-gone = Votre compte est supprimé
account-gone-sentence = Ce serveur ne conserve plus rien à votre sujet. Les services révoquent vos clés ; le serveur réessaie jusqu’à leur confirmation.
account-gone-elsewhere = Ce qui se trouve sur une machine à vous part avec :
