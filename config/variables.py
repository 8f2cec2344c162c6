"""Which variables of the environment make up the settings, and what does each mean to who runs the site?

config/settings.py reads no other; ``manage.py settings_table --write`` makes docs/operations/settings.md of them.
"""

from config.environment import Variable

VARIABLES = [
    Variable(
        "MIKO_ENV",
        "`development` is the demo: SQLite, mails as files in `var/mail/`, one-click sign-in",
        default="development",
        production="**needed**: `production`",
    ),
    Variable(
        "SECRET_KEY",
        '50 characters or more, secret, the same on every machine: `python3 -c "import secrets; '
        'print(secrets.token_urlsafe(60))"`',
        needed=True,
    ),
    Variable(
        "PUBLIC_URL",
        "where people reach the site, `https://schulungen.kreis.example`; links in mails, calendars and "
        "certificates begin with it. Certificates carry it on paper: choose an address that will last",
        needed=True,
    ),
    Variable(
        "ALLOWED_HOSTS",
        "host names of the site, separated by commas",
        needed=True,
    ),
    Variable(
        "DATABASE_URL",
        "`postgres://user:password@host:5432/miko` (14 or newer; special characters percent-encoded). "
        "Several hosts: `…@one:5432,another:5432/miko?target_session_attrs=read-write`",
        needed=True,
    ),
    Variable(
        "DATABASE_POOLED",
        "`true` where a pooler in transaction mode (PgBouncer) stands before the database, see [clusters](cluster.md)",
        default=False,
    ),
    Variable(
        "EMAIL_URL",
        "`smtp://relay.kreis.example:25`, `smtp+tls://user:password@host:587` (STARTTLS) or `smtp+ssl://…:465`",
        needed=True,
    ),
    Variable(
        "DEFAULT_FROM_EMAIL",
        "sender of all mails and organizer of the invitations: `MiKo-MYK Schulungen "
        "<schulungen@kreis.example>`, a role mailbox that will last, see [Mails](mails.md); "
        "default: site name and `CONTACT_EMAIL`",
        production="recommended",
    ),
    Variable(
        "MAILS_HELD",
        "`true` holds all mails but codes to sign in, and leaves the mailbox for bounces alone: for a rehearsal. "
        "They are held by themselves where the database runs under another `PUBLIC_URL` or in another "
        "installation than it last did, and after a restore, until a coordinator releases them",
        default=False,
    ),
    Variable(
        "INSTALLATION",
        "a name that all machines of one installation share, `production`; by it a copy of the database finds "
        "out that it runs elsewhere. **Needed where several machines or containers run**; "
        "default: the machine's id",
        default="",
    ),
    Variable(
        "BOUNCE_IMAP_URL",
        "the mailbox to which undeliverable mails come back, see [Mails](mails.md): "
        "`imaps://user:password@host/INBOX` or `imap+tls://…` (STARTTLS). Percent-encoded: an @ in the "
        "user's name is `%40`. Plain `imap://` only on the same machine. Default: nobody looks",
        default="",
        production="recommended",
    ),
    Variable(
        "DEBUG",
        "must be off; error pages would show internals",
        default=False,
        production="off",
    ),
    Variable(
        "DEMO",
        "must be off; anybody could sign in as anybody",
        production="off",
    ),
    Variable(
        "SITE_NAME",
        "name in the header, in mails and calendars",
        default="MiKo-MYK Schulungen",
    ),
    Variable(
        "OPERATOR_NAME",
        "who offers the trainings, on every page and certificate",
        default="Landkreis Mayen-Koblenz",
    ),
    Variable(
        "OPERATOR_UNIT",
        "the unit or project",
        default="Projekt MiKo-MYK",
    ),
    Variable(
        "OPERATOR_PLACE",
        "place on certificates",
        default="Koblenz",
    ),
    Variable(
        "CONTACT_EMAIL",
        "shown to everybody and default sender",
        needed=True,
    ),
    Variable(
        "CONTACT_PHONE",
        "shown to everybody",
        needed=True,
    ),
    Variable(
        "OFFICIAL_SITE",
        "`true` shows the „Offizielle Website“ header; only for an authority",
        default=False,
    ),
    Variable(
        "REGISTER_WITHOUT_AGREEMENT",
        "what follows where an agency has no cooperation agreement for the day of a run, or one that does not "
        "allow the group or so many places: `free`, nothing; `warn`, people may register, and they and the "
        "coordinators are told; `refuse`, only a coordinator registers them, with a reason. Who stands in the room, "
        "or waits already, is never turned away; people without an agency are not concerned",
        default="free",
    ),
    Variable(
        "CERTIFICATE_PREFIX",
        "first part of certificate numbers (`MYK-2026-000123`)",
        default="MYK",
    ),
    Variable(
        "BEHIND_PROXY",
        "believe the proxy's `X-Forwarded-Proto`. Only where the proxy always sets that header itself",
        default=False,
        production="`true` behind nginx",
    ),
    Variable(
        "TRUSTED_PROXY_COUNT",
        "how many proxies of yours stand in a row before the site, each adding to `X-Forwarded-For`. Too"
        " few, and all people share one network's limits; too many, and anybody may write the address "
        "they are counted by",
        default=1,
    ),
    Variable(
        "AGENCY_DOMAINS_ALLOWED",
        "mail domains, separated by commas, that agencies may have although the lists of public "
        "providers or suffixes name them",
        default="",
    ),
    Variable(
        "SECURE_SSL_REDIRECT",
        "send http to https",
        default=True,
    ),
    Variable(
        "SECURE_HSTS_SECONDS",
        "how long browsers insist on https; begin with 3600",
        default=31536000,
    ),
    Variable(
        "SECURE_HSTS_INCLUDE_SUBDOMAINS",
        "only if every subdomain of the host has https",
        default=False,
    ),
    Variable(
        "SECURE_HSTS_PRELOAD",
        "only together with the entry in the browsers' list",
        default=False,
    ),
    Variable(
        "CACHE_URL",
        "default: a table in the database, which all processes share, as the limits on sign-in, checks "
        "and check-ins need. A cache of your own must not evict before its time",
        default="",
    ),
    Variable(
        "CLAMD_URL",
        "ClamAV's clamd, which looks through scans of signed lists and agreements before they are stored: "
        "`unix:///run/clamav/clamd.ctl` or `tcp://host:3310`, see [Virus "
        "scanner](install.md#virus-scanner); default: nobody looks",
        default="",
        production="recommended",
    ),
    Variable(
        "STATIC_ROOT",
        "where `collectstatic` puts style sheets and scripts; default `var/static`",
    ),
    Variable(
        "LOG_LEVEL",
        "how much is logged, to standard error",
        default="INFO",
    ),
    Variable(
        "SECOND_FACTOR_REQUIRED",
        "coordinators and superusers need a passkey or an app besides the code by e-mail, see "
        "[Second factor](sign-in.md#second-factor); off in the demo",
        production="on",
    ),
    Variable(
        "COORDINATOR_IDLE_MINUTES",
        "a coordinator who has opened no page for so long signs in again; `0` switches it off",
        default=60,
    ),
    Variable(
        "OIDC_SERVER_URL",
        "the identity provider, see [Single sign-on](sign-in.md#single-sign-on): "
        "`https://login.kreis.example/realms/kreis`; default: none",
        default="",
    ),
    Variable("OIDC_CLIENT_ID", "as registered there", default="", production="with the server"),
    Variable("OIDC_CLIENT_SECRET", "as registered there", default="", production="with the server"),
    Variable("OIDC_NAME", "who it is, on the button „Anmelden mit …“; default `OPERATOR_NAME`"),
    Variable(
        "OIDC_AGENCY_CLAIM",
        "the claim that holds the short name or the name of the person's agency; default: the mail domain alone",
        default="",
    ),
    Variable(
        "RETENTION_NEEDS_DAYS",
        "days after the run until needs (accessibility, food) and notes to attendance are deleted",
        default=14,
    ),
    Variable(
        "RETENTION_CHECK_IN_DAYS",
        "days after a run that nobody closed until networks and devices of check-ins are deleted",
        default=14,
    ),
    Variable(
        "RETENTION_MESSAGE_TEXT_DAYS",
        "days after sending until the texts of mails are deleted, also free messages and what mail servers answered",
        default=90,
    ),
    Variable(
        "RETENTION_CALENDAR_ENTRY_DAYS",
        "days after a session until the record of what calendars were told about it is deleted",
        default=90,
    ),
    Variable(
        "RETENTION_AUDIT_DAYS",
        "days for which it stays on record who did what, who looked and who exported",
        default=730,
    ),
    Variable(
        "RETENTION_INACTIVE_ACCOUNT_DAYS",
        "days without a sign-in, and without a run taken part in, taught or planned, until an account "
        "ends by itself; a mail says so 30 days before",
        default=730,
    ),
    Variable(
        "RETENTION_ENDED_ACCOUNT_DAYS",
        "days after an account has ended until the person, of whom nothing is evidence, becomes a count",
        default=30,
    ),
    Variable(
        "RETENTION_UNUSED_ACCOUNT_DAYS",
        "days until an address that never signed in is deleted",
        default=2,
    ),
    Variable(
        "RETENTION_CERTIFICATE_DAYS",
        "days after issuing until names and files of certificates are erased where there is no funding "
        "whose date says so",
        default=3653,
    ),
    Variable(
        "CERTIFICATE_NAME_KEY",
        "key of the hash that answers „stimmt der Nachname?“ after the name has been erased; as long and"
        " secret as `SECRET_KEY`, kept with the backup, **never changed** once certificates have been "
        "erased. Without it `SECRET_KEY` serves; who then changes `SECRET_KEY` gives the former one "
        "here, and everything goes on",
        default="",
        production="recommended",
    ),
    Variable(
        "SITE_READ_ONLY",
        "`true` when the project has ended, see [After the project](after-the-project.md)",
        default=False,
    ),
    Variable(
        "PRINT_FONTS_DIR",
        "a folder with more of Noto Sans, for names in Hebrew, Armenian, Ethiopic, Devanagari, Thai … on paper: "
        "`/usr/share/fonts/truetype/noto` after `apt-get install fonts-noto-core`. The same for web and worker",
        default="",
    ),
    Variable(
        "CERTIFICATE_SEAL_FILE",
        "a PKCS#12 file (.p12) with the key and certificates of the seal; default: no seal",
        default="",
    ),
    Variable(
        "CERTIFICATE_SEAL_PASSWORD",
        "its password",
        default="",
    ),
    Variable(
        "CERTIFICATE_SEAL_MODULE",
        "instead of a file: the PKCS#11 driver of a token or HSM, e.g. `/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so`",
        default="",
    ),
    Variable(
        "CERTIFICATE_SEAL_TOKEN",
        "label of the token",
        default="",
        production="with the driver",
    ),
    Variable(
        "CERTIFICATE_SEAL_KEY",
        "label of the key and of its certificate on the token",
        default="",
        production="with the driver",
    ),
    Variable(
        "CERTIFICATE_SEAL_PIN",
        "its PIN",
        default="",
        production="with the driver",
    ),
    Variable(
        "CERTIFICATE_BADGE_KEY",
        "an Ed25519 key (PEM) that signs Open Badges; default: no badges",
        default="",
    ),
    Variable(
        "CERTIFICATE_BADGE_FORMER_KEYS",
        "public keys (PEM, one after the other) of those that were replaced",
        default="",
    ),
    Variable(
        "TECHNICAL_CONTACT",
        "whom coordinators tell when something stands still: name and telephone, in one line",
        production="recommended",
        default="",
    ),
    Variable(
        "LOG_FORMAT",
        "`json`: one object a line, in UTC. In the environment of the units, for gunicorn does not read `.env`",
        default="line",
    ),
    Variable(
        "METRICS_TOKEN",
        "switches `/metrics/` on for Prometheus; 20 characters or more",
        default="",
    ),
    Variable(
        "SENTRY_DSN",
        "a server that collects errors by Sentry's protocol, see [watching](watching.md); "
        "default: nobody hears of them",
        default="",
    ),
]
