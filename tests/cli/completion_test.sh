#!/bin/bash
# completion_test.sh - what bash completes is what the programs take
# SPDX-License-Identifier: GPL-2.0-or-later
set -u
# shellcheck source-path=SCRIPTDIR
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=/dev/null
. "$(dirname "$0")/../../etc/completion/scale.bash"

# completes <words...>: the last one is being typed; the answers in $got
completes() {
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	COMPREPLY=()
	_scale
	got=" ${COMPREPLY[*]-} "
}

# offers <word...>
offers() {
	local word

	for word; do
		[[ $got == *" $word "* ]] ||
			fail "'${COMP_WORDS[*]}' offers no $word but$got"
	done
}

seen=0
for program in model/scale-model sim/scale-sim trainer/scale-train \
	workflow/scale-submit plugin/scale-ctl; do
	program=$builddir/$program
	[ -x "$program" ] || continue	# built without Slurm
	seen=$((seen + 1))
	completes "$program" --
	# shellcheck disable=SC2046 # words
	offers $("$program" --help | grep -oE -e '--[a-z][a-z0-9-]*=?')
	complete -p "${program##*/}" >/dev/null || fail "none for $program"
done
[ $seen -ge 4 ] || fail "only $seen programs seen"

sim=$builddir/sim/scale-sim
completes "$sim" ''
offers run compare adversary replay gantt policies config
completes "$sim" co
[ "$got" = ' compare config ' ] || fail "co:$got"
completes "$sim" run --po
[ "$got" = ' --policy= ' ] || fail "run --po:$got"
completes "$sim" run --policy=eft --no-t
[ "$got" = ' --no-timing ' ] || fail "run --no-t:$got"
completes "$sim" run x
[ "$got" = '  ' ] || fail "run x:$got"
finish
