#!/bin/sh
# install-once.sh FILE FOLDER: copies the file into the folder, unless it is there. Meson sets DESTDIR.
set -eu
target=${DESTDIR:-}$2/$(basename "$1")
[ ! -e "$target" ] || exit 0
install -D -m 644 "$1" "$target"
