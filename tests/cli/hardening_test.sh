#!/bin/bash
# hardening_test.sh - what configure's hardening leaves in the binaries
# SPDX-License-Identifier: GPL-2.0-or-later
set -u
# shellcheck source-path=SCRIPTDIR
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

[ "${HARDENING:-no}" = yes ] || { echo "built without"; exit 77; }
command -v readelf >/dev/null || { echo "no readelf"; exit 77; }

# hardened <file>
hardened() {
	readelf -lW "$1" >"$tmp/segments"
	readelf -dW "$1" >"$tmp/dynamic"
	grep -q 'GNU_STACK.* RW ' "$tmp/segments" ||
		fail "$1: its stack is executable"
	! grep -q 'LOAD.* RWE ' "$tmp/segments" ||
		fail "$1: memory that is writable and executable"
	grep -q GNU_RELRO "$tmp/segments" || fail "$1: no RELRO"
	grep -qE 'BIND_NOW|FLAGS_1.*NOW' "$tmp/dynamic" ||
		fail "$1: binds its symbols late"
	! grep -q TEXTREL "$tmp/dynamic" || fail "$1: relocations in its text"
}

seen=0
for file in "$builddir"/{model/scale-model,sim/scale-sim,trainer/scale-train} \
	"$builddir"/{workflow/scale-submit,plugin/scale-ctl} \
	"$builddir"/plugin/.libs/sched_scale.so; do
	[ -e "$file" ] || continue	# built without Slurm
	# libtool's wrapper stands for what lies in .libs
	real=$(dirname "$file")/.libs/$(basename "$file")
	[ ! -e "$real" ] || file=$real
	hardened "$file"
	seen=$((seen + 1))
done
[ $seen -ge 4 ] || fail "only $seen binaries seen"

# the test sees what it is to see
echo 'int main(void) { return 0; }' >"$tmp/soft.c"
${CC:-cc} -Wl,-z,execstack,-z,norelro,-z,lazy -o "$tmp/soft" "$tmp/soft.c" || exit 99
before=$failures
hardened "$tmp/soft" 2>/dev/null
[ $((failures - before)) -ge 3 ] || {
	echo "FAIL: a soft binary passes" >&2
	exit 1
}
failures=$before
finish
