# shellcheck shell=bash
# setup.sh - what tools/check and tools/demo share: packages, Slurm's
# source, configure and make.  Sourced, not run.
# SPDX-License-Identifier: GPL-2.0-or-later

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${SCALE_BUILD:-$top/build}
jobs=${SCALE_JOBS:-$(nproc 2>/dev/null || echo 2)}
PATH=$PATH:/usr/sbin:/sbin

say()
{
	printf '%s: %s\n' "${0##*/}" "$*"
}

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# Print the packages of the named groups in tools/packages.
list_packages()
{
	awk -v groups=" $* " '
		/^#/ || NF != 2 { next }
		index(groups, " " $1 " ") { print $2 }
	' "$top/tools/packages"
}

# Print those of the arguments that are not installed.
missing_packages()
{
	local name

	for name in "$@"; do
		dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null |
			grep -qx installed || echo "$name"
	done
}

# Install what is missing of the named groups; as an ordinary user, say how.
need_packages()
{
	local -a wanted missing

	if ! command -v dpkg-query >/dev/null; then
		say "not a Debian system: packages are not checked"
		return 0
	fi
	mapfile -t wanted < <(list_packages "$@")
	mapfile -t missing < <(missing_packages "${wanted[@]}")
	[ ${#missing[@]} -gt 0 ] || return 0
	if [ "$(id -u)" != 0 ]; then
		die "packages are missing; as root: apt-get install" \
			"--no-install-recommends ${missing[*]}"
	fi
	say "installing ${missing[*]}"
	# another of our tools may be doing the same
	mkdir -p "$build"
	quietly apt-update flock -o "$build/apt.lock" apt-get update
	quietly apt-install flock -o "$build/apt.lock" env DEBIAN_FRONTEND=noninteractive apt-get \
		install -y --no-install-recommends "${missing[@]}"
}

# Run a long command quietly; show the end of its output when it fails.
quietly()
{
	local log=$build/$1.log

	shift
	mkdir -p "$build"
	"$@" >"$log" 2>&1 </dev/null && return 0
	tail -n 40 "$log" >&2
	die "failed: $* (all of it in $log)"
}

# Configure $1 (a directory) with the other arguments, unless it already is.
configure_in()
{
	local dir=$1 stamp

	shift
	if [ ! -x "$top/configure" ] ||
	   [ -n "$(find "$top/configure.ac" "$top"/m4/x_*.m4 \
			-newer "$top/configure" -print -quit)" ]; then
		say "making configure"
		quietly bootstrap "$top/bootstrap"
	fi
	mkdir -p "$dir"
	stamp="$top/configure $*"
	if [ ! -e "$dir/config.status" ] ||
	   [ "$top/configure" -nt "$dir/config.status" ] ||
	   [ "$(cat "$dir/.configured" 2>/dev/null)" != "$stamp" ]; then
		say "configuring ${dir#"$top"/} $*"
		rm -f "$dir/.configured"
		(cd "$dir" && quietly configure "$top/configure" "$@") ||
			exit 1
		printf '%s\n' "$stamp" >"$dir/.configured"
	fi
}

fetch_slurm()
{
	"$top/tools/slurm-source" "$build/slurm-source" ||
		die "no Slurm source"
}

# The main build, with Slurm, in $build.
build_all()
{
	fetch_slurm
	configure_in "$build" --enable-werror \
		--with-slurm-source="$build/slurm-source"
	say "compiling in ${build#"$top"/}"
	quietly make make -C "$build" -j "$jobs"
}
