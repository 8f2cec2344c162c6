"""What is done to a bare machine, in order? Each step looks first, so that all of it may be done again."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from deploy.host import machine, settings_file, versions
from deploy.host.answers import as_settings
from deploy.host.machine import BACKUPS, CACHE, SETTINGS, UNITS, USER, VERSIONS, Steps, filled, run, write

LOCAL_DATABASE = "postgres:///miko"  # by the local socket, without a password
PACKAGES = ["python3-venv", "libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "nginx-light"]
PACKAGES += ["ca-certificates", "postgresql-client", "procps", "tzdata"]
SERVICES = ("miko-web.service", "miko-worker.service", "miko-backup.service")
DEFAULTS = {"PORT": "8000", "BACKUPS_KEPT": "14"}
WEBROOT = Path("/var/www/miko")
SITE = Path("/etc/nginx/sites-available/miko")


def install(given: Mapping[str, str]) -> Path:
    """Bring the machine to what the answers say; returns the version that serves. Raises Failed."""
    steps = Steps()
    given = {**DEFAULTS, "WEB_WORKERS": str(max(2, os.cpu_count() or 2)), **given}
    is_local = not given.get("DATABASE_URL")
    packages(given, steps, is_local=is_local)
    account(steps)
    if is_local:
        database(steps)
    settings = site_settings(given, steps)
    version = versions.build(versions.SOURCE, settings, steps)
    versions.migrate(version, steps)
    versions.serve(version)
    machine.point(Path("/usr/local/sbin/miko"), Path("/srv/miko/current/deploy/miko"))
    changed = units(given, steps)
    proxy(given, steps)
    services(steps, changed=changed)
    coordinator(given["COORDINATOR_EMAIL"], steps)
    return version


def packages(given: Mapping[str, str], steps: Steps, *, is_local: bool) -> None:
    wanted = [*PACKAGES, *(["postgresql"] if is_local else []), *(["certbot"] if given["TLS"] == "acme" else [])]
    lacking = [package for package in wanted if not machine.is_installed(package)]
    if lacking:
        run("apt-get", "update", "-q")
        run("apt-get", "install", "-q", "-y", "--no-install-recommends", *lacking)
    steps.done(f"Packages of Debian{': ' + ', '.join(lacking) if lacking else ''}", changed=bool(lacking))


def account(steps: Steps) -> None:
    changed = not machine.has_user(USER)
    if changed:
        run("useradd", "--system", "--user-group", "--home-dir", "/srv/miko", "--shell", "/usr/sbin/nologin", USER)
    VERSIONS.mkdir(parents=True, exist_ok=True)
    for folder in (BACKUPS, CACHE):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.chown(folder, USER, USER)
        folder.chmod(0o700)
    steps.done(f"User {USER} and its folders", changed=changed)


def database(steps: Steps) -> None:
    """PostgreSQL on this machine. The role may make databases: a backup is restored beside the present one first."""
    machine.start_database()
    psql = ["psql", "--no-psqlrc", "--tuples-only", "--no-align", "--dbname=postgres", "--command"]
    has_role = run(*psql, "SELECT 1 FROM pg_roles WHERE rolname = 'miko'", user="postgres").strip() == "1"
    if not has_role:
        run("createuser", "--createdb", "miko", user="postgres")
    has_database = run(*psql, "SELECT 1 FROM pg_database WHERE datname = 'miko'", user="postgres").strip() == "1"
    if not has_database:
        run(
            "createdb",
            "--owner=miko",
            "--encoding=UTF8",
            "--template=template0",
            "--locale=C.UTF-8",
            "miko",
            user="postgres",
        )
    steps.done("Database miko on this machine", changed=not has_role or not has_database)


def site_settings(given: Mapping[str, str], steps: Steps) -> dict[str, str]:
    """Written with secrets that are made once and stay; what stands there besides the answers stays as well."""
    text = SETTINGS.read_text(encoding="utf-8") if SETTINGS.exists() else ""
    present = settings_file.read(text)
    values = settings_file.with_secrets(as_settings(given, present.get("DATABASE_URL") or LOCAL_DATABASE), present)
    changed = write(SETTINGS, settings_file.merged(text, values), 0o640, group=USER)
    steps.done(f"Settings in {SETTINGS}", changed=changed)
    return {**present, **values}


def units(given: Mapping[str, str], steps: Steps) -> bool:
    hardening = filled("hardening")
    names = ["miko-web.socket", *SERVICES, "miko-backup.timer"]
    texts = {name: filled(name, **given, HARDENING=hardening) for name in names}
    changed = [name for name, text in texts.items() if write(UNITS / name, text)]
    if machine.has_systemd():
        run("systemctl", "daemon-reload")
        run("systemctl", "enable", "miko-web.socket", "miko-web.service", "miko-worker.service", "miko-backup.timer")
        run("systemctl", "start", "miko-backup.timer")
    steps.done("Units of systemd", changed=bool(changed))
    return bool(changed)


def proxy(given: Mapping[str, str], steps: Steps) -> None:
    """nginx: https with the operator's certificate or one by ACME, or http for the proxy that is there."""
    given = dict(given)
    changed = write(Path("/etc/nginx/conf.d/miko-log.conf"), filled("nginx-log.conf"))
    WEBROOT.mkdir(parents=True, exist_ok=True)
    if given["TLS"] == "acme":
        live = Path("/etc/letsencrypt/live") / given["ADDRESS"]
        given |= {"TLS_CERTIFICATE": str(live / "fullchain.pem"), "TLS_KEY": str(live / "privkey.pem")}
        if not live.exists():
            write(SITE, filled("nginx-acme", **given))
            enable_site()
            order = ["certonly", "--non-interactive", "--agree-tos", "--email", given["ACME_EMAIL"]]
            run("certbot", *order, "--webroot", "--webroot-path", WEBROOT, "--domain", given["ADDRESS"],
                "--deploy-hook", "systemctl reload nginx")  # fmt: skip
    changed = write(SITE, site(given)) or changed
    enable_site()
    steps.done("Site of nginx", changed=changed)


def site(given: Mapping[str, str]) -> str:
    if given["TLS"] != "proxy":
        return filled("nginx-https", LOCATION=filled("nginx-location", PROTO="$scheme", **given), **given)
    addresses = [address.strip() for address in given["PROXY_ADDRESSES"].split(",") if address.strip()]
    return filled(
        "nginx-proxy",
        TRUSTED="".join(f"    {address} 1;\n" for address in addresses),
        REAL="".join(f"    set_real_ip_from {address};\n" for address in addresses),
        LOCATION=filled("nginx-location", PROTO="$http_x_forwarded_proto", **given),
        **given,
    )


def enable_site() -> None:
    enabled = Path("/etc/nginx/sites-enabled")
    machine.point(enabled / "miko", SITE)
    (enabled / "default").unlink(missing_ok=True)
    run("nginx", "-t", "-q")
    if machine.has_systemd():
        run("systemctl", "enable", "--now", "nginx")
        run("systemctl", "reload", "nginx")
    else:
        run("service", "nginx", "restart")


def services(steps: Steps, *, changed: bool) -> None:
    """Started, or restarted: settings may have changed, and both read them once."""
    machine.start()
    machine.restart()
    steps.done("Web and worker started")


def coordinator(email: str, steps: Steps) -> None:
    """The first one; once there is any, others are made on the site."""
    found = machine.manage(
        "shell", "-c", "from accounts.models import User; print('any', User.objects.filter(is_superuser=True).exists())"
    )
    changed = "any False" in found
    if changed:
        machine.manage("createsuperuser", "--no-input", "--email", email)
    steps.done("First coordinator", changed=changed)
