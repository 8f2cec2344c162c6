#!/usr/bin/env bash
# The calendar programs and the identity provider that `pytest -m clients` drives, into var/clients. They share no code
# with us, so they live beside our environment, not in it. From Debian come gcc, npm, libical-dev, thunderbird, gnumeric and
# clamav-daemon.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
target=../../var/clients

mkdir -p "$target"
python3 -m venv "$target/venv"
"$target/venv/bin/python" -m pip install --quiet --require-hashes -r requirements.txt
cp package.json package-lock.json "$target/"
npm ci --prefix "$target" --silent --ignore-scripts --no-audit --no-fund
gcc -std=c11 -Wall -Wextra -Werror -O1 icallint.c -lical -o "$target/icallint"

"$target/venv/bin/vdirsyncer" --version
"$target/venv/bin/khal" --version
node --version
thunderbird --version
