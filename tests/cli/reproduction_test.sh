#!/bin/bash
# reproduction_test.sh - the report of tools/reproduce-paper from made-up runs
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

report=${top_srcdir:?}/tools/reproduction-report
have_python && command -v gnuplot >/dev/null || exit 77

# result NAME CENSORED COVARIANCE: of one episode
result() {
	cat >"$tmp/runs/run/$1.json" <<-END
	{"summary": {"censored_mean": {"mean": $2},
	  "tasks_finished": {"mean": 250}, "tasks_unfinished": {"mean": 0},
	  "task_response": {"mean": {"mean": $2}}, "invalid": {"mean": 1},
	  "decisions": {"mean": 4}},
	 "runs": [{"metrics": {"censored_mean": $2}},
	          {"metrics": {"censored_mean": $2}}],
	 "features": {"covariance": $3, "correlation": 0.5, "kl": 1.5}}
	END
}

# has WORDS: the report says so
has() {
	grep -qF -e "$1" "$tmp/doc/reproduction.md" ||
		fail "no '$1' in the report"
}

mkdir -p "$tmp/runs/run" "$tmp/runs/train/scale-42"
expect 1 'no results in' "$report" "$tmp/runs" "$tmp/doc"
expect 1 'usage: ' "$report" "$tmp/runs"
printf 'epoch,reward\n0,\n1,0.5\n2,0.75\n' \
	>"$tmp/runs/train/scale-42/progress.csv"
for kind in paper drained event features; do
	result "scale-42-16-$kind" 4 0.01
	result "scale-43-16-$kind" 6 0.02
	result "scale-42-48-$kind" 6 0.01
	result "scale-43-48-$kind" 6 0.01
	result "crossattn-42-16-$kind" 10 0.1
	result "crossattn-43-16-$kind" 10 0.2
	result "crossattn-42-48-$kind" 12 0.3
	result "crossattn-43-48-$kind" 12 0.1
	result "fastest-idle-0-16-$kind" 5 0
done
expect 0 '' "$report" "$tmp/runs" "$tmp/doc"
# mean 5, deviation sqrt 2, Student's t 12.706 for two
has '| SCALE | 8.37 | 250 ± 0 | 4.58 | 5.00 ± 12.71 | 0.00 ± 0.00 |'
has 'at N = 48 | 50.0 ± 0.0 % | reproduced |'
has 'at N = 16 | 50.0 ± 127.1 % | **not reproduced** |'
has 'from N = 16 to 48 | 20 % | reproduced |'
has "feature below 0.05 | 0.0100 to 0.0200 | reproduced |"
has 'from 0.09 to 0.27 | 0.1000 to 0.3000 | **not reproduced** |'
has 'SCALE 5.00 s | it learns that rule |'
for figure in 3 4 5 6; do
	grep -q '<svg' "$tmp/doc/reproduction/figure-$figure.svg" ||
		fail "no figure $figure"
done
left=$(find "$tmp/doc" -name '*.new')
[ -z "$left" ] || fail "left behind: $left"
finish
