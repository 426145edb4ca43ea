#!/bin/sh
# What the plugin exports, needs and links.
# Exactly the symbols of sched_scale.sym; every undefined one exists in
# slurmctld, Slurm's library or a library that the plugin names; no BLAS.
# SPDX-License-Identifier: GPL-2.0-or-later
so=$top_builddir/plugin/.libs/sched_scale.so
if [ ! -e "$so" ]; then
	echo "skipped: built without Slurm"
	exit 77
fi
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
status=0
fail()
{
	echo "FAIL: $*"
	status=1
}

nm -D --defined-only "$so" | awk '{print $3}' | LC_ALL=C sort >"$work/have"
LC_ALL=C sort "$top_srcdir/plugin/sched_scale.sym" >"$work/want"
diff "$work/want" "$work/have" || fail "exported symbols differ from the list"
[ "$(wc -l <"$work/have")" -eq 6 ] || fail "not six symbols"

readelf -d "$so" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' >"$work/needed"
grep -iE 'blas|lapack|gomp|pthreads' "$work/needed" &&
	fail "linked with a library that starts threads"

# A name that nobody has must show when the plugin is loaded, although
# slurmctld loads lazily; here it shows without loading.
readelf -d "$so" | grep -q 'BIND_NOW\|FLAGS.*NOW' ||
	fail "not linked with -z now"
if [ -x "$slurmctld" ]; then
	full=$(ldd "$slurmctld" | sed -n 's/.*libslurmfull.so => \([^ ]*\).*/\1/p')
	[ -e "$full" ] || full=$slurm_plugindir/libslurmfull.so
	{
		nm -D --defined-only "$slurmctld" "$full"
		ldd "$so" | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p' |
			xargs nm -D --defined-only
	} 2>/dev/null | awk 'NF == 3 {sub(/@.*/, "", $3); print $3}' |
		LC_ALL=C sort -u >"$work/offered"
	nm -D --undefined-only "$so" |
		awk '$1 == "U" {sub(/@.*/, "", $2); print $2}' |
		LC_ALL=C sort -u >"$work/undefined"
	[ -s "$work/undefined" ] && [ -s "$work/offered" ] ||
		fail "no symbols found to compare"
	missing=$(LC_ALL=C comm -23 "$work/undefined" "$work/offered")
	[ -z "$missing" ] || fail "nobody defines:" $missing
else
	echo "no slurmctld here: undefined symbols not checked"
fi
exit $status
