#!/bin/sh
# Makes the Debian packages psherald, libpsherald0 and libpsherald-dev from this tree.
#
#   docs/packaging/build-deb.sh FOLDER [MESON-OPTION]...
#
# Needs what building needs, and dpkg-dev. Compiler flags are Debian's, unless CPPFLAGS, CXXFLAGS and LDFLAGS are set.
# The packages' Maintainer comes from DEBFULLNAME and DEBEMAIL.
set -eu

source=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
shift
build=$source/build/deb
version=$(sed -n "s/^project(.* version: '\([^']*\)'.*/\1/p" "$source/meson.build")
architecture=$(dpkg --print-architecture)
libdir=lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)
maintainer="${DEBFULLNAME:-the psherald authors} <${DEBEMAIL:-psherald@localhost}>"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 022
all=$work/all programs=$work/psherald library=$work/libpsherald0 headers=$work/libpsherald-dev

# ---- build, and lay what is installed into one folder for each package

export DEB_BUILD_MAINT_OPTIONS="${DEB_BUILD_MAINT_OPTIONS:-hardening=+all}"
for flags in CPPFLAGS CXXFLAGS LDFLAGS; do
  eval "export $flags=\"\${$flags-\$(cd '$source' && dpkg-buildflags --get $flags)}\""
done
rm -rf "$build"
meson setup --prefix=/usr --libdir="$libdir" --wrap-mode=nofallback --buildtype=plain -Db_ndebug=true \
  -Ddefault_library=both -Dsystemd=enabled -Dtests=disabled -Dexamples=disabled "$@" "$build" "$source"
meson compile -C "$build"
meson install -C "$build" --no-rebuild --destdir "$all"

move() { # PACKAGE-FOLDER PATH...
  to=$1
  shift
  for path in "$@"; do
    mkdir -p "$to/$(dirname "$path")"
    mv "$all/$path" "$to/$path"
  done
}
move "$programs" etc usr/bin usr/lib/systemd usr/lib/sysusers.d usr/share/man usr/share/bash-completion usr/share/zsh
mv "$programs/usr/share/zsh/site-functions" "$programs/usr/share/zsh/vendor-completions" # where Debian's zsh looks
move "$library" $(cd "$all" && ls -d usr/"$libdir"/libpsherald.so.*)
move "$headers" usr/include usr/"$libdir"/libpsherald.a usr/"$libdir"/libpsherald.so usr/"$libdir"/pkgconfig usr/"$libdir"/cmake
left=$(find "$all" ! -type d)
[ -z "$left" ] || { printf 'no package has these:\n%s\n' "$left" >&2 && exit 1; }

strip --strip-unneeded "$library"/usr/"$libdir"/*.so.*.*
chmod 644 "$library"/usr/"$libdir"/*.so.*.*
strip --strip-debug "$headers"/usr/"$libdir"/*.a
find "$programs/usr/bin" -type f -exec strip {} +
find "$programs/usr/share/man" -type f -exec gzip -9n {} +
find "$programs/usr/share/man" -type l | while read -r link; do
  ln -s "$(readlink "$link").gz" "$link.gz" && rm "$link"
done

# ---- what each depends on

mkdir "$work/debian" # dpkg-shlibdeps wants to be called where these are
printf 'Source: psherald\n\nPackage: psherald\nArchitecture: any\n' >"$work/debian/control"
printf 'libpsherald 0 libpsherald0 (= %s)\n' "$version" >"$work/debian/shlibs.local"
depends_of() { # FILE...
  (cd "$work" && dpkg-shlibdeps -O -l"$library/usr/$libdir" "$@") |
    sed -n 's/^shlibs:Depends=//p' | sed 's/libsqlite3-0 ([^)]*)/libsqlite3-0 (>= 3.37)/' # STRICT tables: no symbol tells
}

# The packages whose .pc files psherald.pc names, and libcurl's, of which it names the library alone: a static library is
# linked with them.
packages_of_requirements() {
  { pkg-config --print-requires-private "$headers/usr/$libdir/pkgconfig/psherald.pc" && echo libcurl; } | while read -r module rest; do
    dpkg-query -S "$(realpath "$(pkg-config --variable=pcfiledir "$module")/$module.pc")" | cut -d: -f1
  done | sort -u | tr '\n' ',' | sed 's/,$//; s/,/, /g'
}

# ---- the packages

package() { # FOLDER NAME SECTION DEPENDS, and the description on stdin
  mkdir -p "$1/DEBIAN" "$1/usr/share/doc/$2"
  install -m 644 "$source/LICENSE" "$1/usr/share/doc/$2/copyright"
  gzip -9nc "$source/CHANGELOG.md" >"$1/usr/share/doc/$2/changelog.gz"
  (cd "$1" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | sort -z | xargs -0 md5sum) >"$1/DEBIAN/md5sums"
  cat >"$1/DEBIAN/control" <<END
Package: $2
Source: psherald
Version: $version
Architecture: $architecture
Multi-Arch: $([ "$2" = psherald ] && echo no || echo same)
Section: $3
Priority: optional
Maintainer: $maintainer
Depends: $4
Installed-Size: $(du -k -s --apparent-size "$1" | cut -f1)
Description: $(cat)
END
  dpkg-deb --root-owner-group -Zxz --build "$1" "$out/$2_${version}_$architecture.deb"
}

mkdir "$programs/DEBIAN" "$library/DEBIAN"
install -m 755 "$source"/docs/packaging/debian/* "$programs/DEBIAN"
echo /etc/psherald/psherald.toml >"$programs/DEBIAN/conffiles"
printf 'libpsherald 0 libpsherald0 (>= %s)\n' "$version" >"$library/DEBIAN/shlibs"
echo 'activate-noawait ldconfig' >"$library/DEBIAN/triggers"

package "$library" libpsherald0 libs "$(depends_of "$library"/usr/"$libdir"/*.so.*.*)" <<'END'
library that receives, keeps and shows log records
 It takes what Python's SocketHandler sends, keeps it in one SQLite file and
 shows it on a page.
END
package "$headers" libpsherald-dev libdevel "libpsherald0 (= $version), $(packages_of_requirements)" <<'END'
library that receives, keeps and shows log records: development files
 Headers, the static library, and packages for pkg-config and CMake.
END
package "$programs" psherald utils "$(depends_of "$programs"/usr/bin/*), systemd | systemd-standalone-sysusers, procps" <<'END'
receives, keeps and shows the log records of distributed programs
 ps_bridge receives what Python's SocketHandler sends, ps_herald shows it on a
 page, ps_neelix watches it and sends mail, and psherald does all of it in one
 process. Records are kept in one SQLite file. Units for systemd are there; none
 is started without being asked.
END
