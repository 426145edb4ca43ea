# lib.sh - what tests of command lines share; sourced
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash

export LC_ALL=C
# shellcheck disable=SC2034 # for whoever sources this
builddir=${top_builddir:-.}
failures=0
tmp=$(mktemp -d "${TMPDIR:-/tmp}/scale-cli-XXXXXX") || exit 99
trap 'rm -rf "$tmp"' EXIT

fail() {
	echo "FAIL: $*" >&2
	failures=$((failures + 1))
}

# expect STATUS WORDS COMMAND...: exit status, and WORDS within standard error
# (for status 0: within standard output).  No WORDS, no look.  A failing command prints nothing on
# standard output.  Leaves both in $tmp/out and $tmp/err.
expect() {
	local want=$1 words=$2 status stream
	shift 2
	"$@" >"$tmp/out" 2>"$tmp/err"
	status=$?
	if [ "$want" -eq 0 ]; then stream=out; else stream=err; fi
	if [ "$status" -ne "$want" ]; then
		fail "'$*': status $status, not $want: $(head -c 500 "$tmp/err")"
	elif [ -n "$words" ] && ! grep -qF -e "$words" "$tmp/$stream"; then
		fail "'$*': no '$words' in: $(head -c 500 "$tmp/$stream")"
	elif [ "$want" -ne 0 ] && [ -s "$tmp/out" ]; then
		fail "'$*': failed, yet wrote to standard output"
	fi
}

# same FILE FILE
same() {
	cmp -s "$1" "$2" || fail "$1 and $2 differ"
}

have_python() {
	/usr/bin/python3 -c 'import json, struct' 2>/dev/null
}

finish() {
	[ "$failures" -eq 0 ] || echo "$failures failed" >&2
	exit $((failures != 0))
}
