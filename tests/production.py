"""The least a production environment must say, for tests that start the software as production does."""

PRODUCTION = {
    "MIKO_ENV": "production",
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "PUBLIC_URL": "https://schulungen.kreis.example",
    "CONTACT_EMAIL": "schulungen@kreis.example",
    "CONTACT_PHONE": "0000 000",
    "ALLOWED_HOSTS": "schulungen.kreis.example, www.schulungen.kreis.example",
    "DATABASE_URL": "sqlite:////srv/miko/miko.sqlite3",  # the driver of PostgreSQL is an extra
    "EMAIL_URL": "smtp+tls://relay.kreis.example:587",
}
