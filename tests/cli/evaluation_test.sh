#!/bin/bash
# evaluation_test.sh - tools/evaluate on the smallest cells of its grid
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

evaluate=${top_srcdir:?}/tools/evaluate
have_python && python3 -c 'import yaml' 2>/dev/null || exit 77

# has WORDS: the page says so
has() {
	grep -qF -e "$1" "$tmp/doc/evaluation.md" || fail "no '$1' in the page"
}

run() {
	"$evaluate" --build "$builddir" -o "$tmp/results" --report "$tmp/doc" \
		--nodes-max 8 --seeds 2 --large-seeds 0 \
		fastest-idle round-robin srpt+k-eft:5 >"$tmp/log" 2>&1 ||
		fail "evaluate: $(tail -c 500 "$tmp/log")"
}

expect 2 'unknown option' "$evaluate" --fast
expect 2 'needs a number from 1 on' "$evaluate" --seeds 0
expect 1 'usage: ' "$top_srcdir/tools/evaluation-report" page
run
# 3 configurations, 4 loads, 8 servers: the only part with so few
# shellcheck disable=SC2016 # backticks of the page
has 'Written by `tools/evaluate --nodes-max 8 --seeds 2 --large-seeds 0 fastest-idle round-robin srpt+k-eft:5`'
has '12 cells with seeds 1000000 to 1000001'
has 'Left out of the grid: part large, part mixes, part sizes, part topologies, part arrivals, part demand, part servers, 16 servers,'
has '## Part core'
has '**loss**'
has '| fastest-idle | reference |'
# the numbers are those of compare
want=$(python3 - "$tmp/results/report.json" <<'END'
import json, sys
p = json.load(open(sys.argv[1]))["policies"][1]
x = p["percent_of_reference"]["task_mean"]
print("| round-robin | %+.1f [%+.1f, %+.1f] **loss**, %d/%d |" % (
    x["mean"], x["low"], x["high"], x["won"], x["lost"]))
END
)
[ -n "$want" ] || fail "nothing of round-robin in the report"
has "$want"
[ -s "$tmp/doc/evaluation/task_mean.svg" ] || fail "no picture"
# again: all is kept
run
grep -q '36 of 36 results were kept' "$tmp/log" || fail "made again"
finish
