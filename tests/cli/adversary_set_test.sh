#!/bin/bash
# adversary_set_test.sh - the model that ships on the problems where it was
# found to lose most (etc/eval/adversary): no more than it lost then
# SPDX-License-Identifier: GPL-2.0-or-later
srcdir=${srcdir:-.}
# shellcheck source=tests/cli/lib.sh
. "$srcdir/lib.sh"

sim=$builddir/sim/scale-sim
etc=$srcdir/../../etc
seen=0

# mean FILE POLICY: mean response of a primitive, s
mean() {
	"$sim" run --problem "$1" --policy "$2" --no-timing --json |
		/usr/bin/python3 -c 'import json, sys
print(json.load(sys.stdin)["summary"]["task_response"]["mean"]["mean"])'
}

have_python || exit 77
while read -r file rival worst; do
	model=$(mean "$etc/eval/adversary/$file" "$etc/models/default.safetensors")
	rule=$(mean "$etc/eval/adversary/$file" "$rival")
	ratio=$(awk -v m="$model" -v r="$rule" \
		'BEGIN { if (r > 0) printf "%.3f", m / r }')
	echo "$file: $ratio times $rival, $worst when it was found"
	awk -v now="$ratio" -v then="$worst" \
		'BEGIN { exit !(now != "" && now <= then + 0.0005) }' ||
		fail "$file: '$ratio' times $rival; was $worst"
	seen=$((seen + 1))
done < <(grep -v '^#' "$etc/eval/adversary/worst.txt")
[ "$seen" -gt 0 ] || fail "no problems in worst.txt"
finish
