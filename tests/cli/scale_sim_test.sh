#!/bin/bash
# scale_sim_test.sh - scale-sim: options, exit statuses, golden runs, replay
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sim=$builddir/sim/scale-sim
golden=$(dirname "$0")/scale_sim_golden.txt

run() {
	expect "$1" "$2" "$sim" "${@:3}"
}

# --- options and statuses
run 0 'scale-sim (scale) ' --version
run 0 'replay      run a trace again' --help
for command in run compare adversary replay gantt policies config; do
	run 0 "Usage: scale-sim $command" $command --help
	run 0 "Usage: scale-sim $command" $command --usage
	run 2 'nrecognized option' $command --no-such-option
done
run 2 'COMMAND is missing'
run 2 "no command 'fly'" fly
run 2 'no policy named "best"; known: random' run --policy best
run 2 'base: no order named "shortest"; known: hop, fifo' run --order shortest
run 2 'from -4 to 4' run --order fair:9
run 2 'from 0 to 1 (share of the fastest speed)' run --placement threshold:2
run 2 'no rule named "best"' run --placement best
run 2 'say the same; give one' run --policy eft --placement eft
run 2 'needs clock: event' run --policy heft --clock paper
run 2 'orders by itself' run --policy srpt+heft
run 2 'more than one policy or order' run --policy srpt+all
run 2 'more than one policy or order' run --policy srpt+eft --order hop
run 0 'srpt+mct, order srpt, ' run --policy srpt+mct
run 2 '--set nodes=0: ' run --nodes 0
run 2 'unknown key "node"' run --set node=3
run 2 'is not a whole number' run --seed -1
run 2 'from 0 to 9223372036854775807' run --seed 18446744073709551615
run 2 'A..B' run --seeds 3
run 2 'before the first' run --seeds 9..3
run 2 'one seed only' run --repeat 2 --trace "$tmp/t"
run 2 'from 1 to 1000000 runs' run --repeat 0
run 2 'not an option' run please
run 2 'TRACE is missing' replay
run 2 '-o FILE is missing' gantt "$tmp/t"
run 2 'not a number from 0 to 1e+12' gantt "$tmp/t" -o "$tmp/s" --from soon
run 2 'base: tasks_min 9' run --set tasks_min=9
run 2 'wide: tasks_min 9' config wide --set tasks_min=9
run 2 'base: duration and workflows are both 0' run --workflows 0
run 2 'duration and workflows are both 0' run --duration 0
run 2 '--load and --rate say the same' run --load 0.5 --rate 2
run 2 'leave out --seed and --repeat' run --seeds 1..3 --repeat 5
run 2 'leave out --seed and --repeat' run --seeds 1..3 --seed 5
run 2 'an offered load of 7.052e+08; at most 1000' run --rate 1e9
run 2 'no server can hold a primitive: the largest has 80 GB' run \
	--set need_min=81 --set need_max=90
run 2 'no server can hold a primitive' run --set need_mean=1000 \
	--set need_sd=1 --set need_max=2000
echo 'tasks_min: 9' >"$tmp/unsound.yaml"
run 3 'unsound.yaml: tasks_min 9' run --config "$tmp/unsound.yaml"
run 3 'unsound.yaml: tasks_min 9' run --config "$tmp/unsound.yaml" --nodes 4
run 0 '' run --config "$tmp/unsound.yaml" --set tasks_max=10
run 3 'cannot read /nonexistent' run --set topology=instances --set instances=/nonexistent
run 2 'needs a folder' run --set topology=instances
run 3 'No such file' run --config "$tmp/none.yaml"
run 3 'No such file' run --policy "$tmp/none.safetensors"
run 3 'No such file' replay "$tmp/none"
echo 'nodes: 4, 5' >"$tmp/bad.yaml"
run 3 "$tmp/bad.yaml:1:" run --config "$tmp/bad.yaml"
run 3 "$tmp/bad.yaml:1:" replay "$tmp/bad.yaml"
echo nonsense >"$tmp/bad.safetensors"
run 3 "$tmp/bad.safetensors" run --policy "$tmp/bad.safetensors"
run 1 'annot' run --duration 1 --trace "$tmp/none/t"
if [ -w /dev/full ]; then
	"$sim" run >/dev/full 2>"$tmp/err"
	[ $? -eq 1 ] || fail "a full disk goes unnoticed"
	grep -q 'output: No space left' "$tmp/err" ||
		fail "why nothing was written goes unsaid"
fi

# --- the same numbers as ever (to the digits of the text: the last bits of
# log and cos differ between machines), and twice the same bytes
golden_run() {
	local config policy
	for config in base paper wide; do
		for policy in fastest-idle random round-robin eft; do
			"$sim" run --config $config --policy $policy \
				--duration 20 --seeds 1..3 --no-timing --check
		done
	done
	"$sim" run --nodes 48 --order srpt --workflows 50 --load 0.9 \
		--set mtbf=60 --set mttr=5 --no-timing --check
}
golden_run >"$tmp/golden" 2>&1
diff "$golden" "$tmp/golden" >"$tmp/diff" || {
	head -20 "$tmp/diff"
	fail "other numbers than in $golden"
}
run 0 '"se": ' run --json --no-timing --repeat 5 --policy random
mv "$tmp/out" "$tmp/a.json"
"$sim" run --json --no-timing --repeat 5 --policy random >"$tmp/b.json"
same "$tmp/a.json" "$tmp/b.json"
grep -q timing "$tmp/a.json" && fail "--no-timing shows timing"
run 0 decisions_per_second run --json
run 0 '"se": null' run --json

# --- orders x placements: each pair runs, is a rule of its own, and breaks no
# constraint
"$sim" policies --json >"$tmp/rules.json" || fail "no list of rules"
names() {
	/usr/bin/python3 -c 'import json, sys
for row in json.load(open(sys.argv[1]))[sys.argv[2]]: print(row["name"])' \
		"$tmp/rules.json" "$1"
}
if have_python; then
	for order in $(names orders); do
		for placement in $(names policies); do
			"$sim" run --order "$order" --placement "$placement" \
				--duration 8 --rate 2 --check --no-timing \
				-s drain_limit=100 >"$tmp/out" 2>"$tmp/err" ||
				fail "$order+$placement: $(cat "$tmp/err")"
			tail -n +2 "$tmp/out" | sha256sum >>"$tmp/sums"
		done
	done
	pairs=$(wc -l <"$tmp/sums")
	[ "$pairs" -eq 176 ] || fail "$pairs pairs, not 16 x 11"
	distinct=$(sort -u "$tmp/sums" | wc -l)
	[ "$distinct" -gt 150 ] || fail "only $distinct pairs differ"
fi
run 0 'knows nothing' policies
run 0 'exponent a of the workflow' policies
run 0 '"parameter"' policies --json
run 0 'eft:2.5, order fair:-1, ' run --order fair:-1 --placement k-eft:2.5

for planner in heft cpop mct; do
	run 0 'primitives unfinished                               0' run \
		--policy $planner --check --duration 20 --load 0.8
	run 0 "$planner" policies
done

# --- length and load: an option replaces what the configuration says
printf 'workflows: 7\nduration: 0\nload: 0.5\n' >"$tmp/length.yaml"
run 0 '"workflows_finished": 7' run -c "$tmp/length.yaml" --json
run 0 '"workflows_finished": 9' run -c "$tmp/length.yaml" --json -s workflows=9
run 0 '"workflows_finished": 30' run --workflows 30 --json
run 0 'load 0.500' run -c "$tmp/length.yaml"
run 0 'load 0.705' run -c "$tmp/length.yaml" --rate 1

# --- a run in which nothing can finish says so
"$sim" run -s 'mix=[1]' -s 'gflops=[1]' -s 'mem_gb=[99]' -s 'idle_w=[1]' \
	-s 'busy_w=[1]' -s gflop_mean=1e6 -s drain_limit=1 --rate 0.0001 \
	--workflows 2 >"$tmp/out" 2>"$tmp/err" || fail "a run failed"
grep -q 'warning: no primitive finished' "$tmp/err" ||
	fail "nothing finished, and nothing was said"

# --- configuration
for name in base paper wide; do
	run 0 'nodes: 16' config $name
	cp "$tmp/out" "$tmp/$name.yaml"
	"$sim" config "$tmp/$name.yaml" >"$tmp/again.yaml"
	same "$tmp/again.yaml" "$tmp/$name.yaml"
	"$sim" run --config "$tmp/$name.yaml" --no-timing >"$tmp/a"
	"$sim" run --config $name --no-timing >"$tmp/b"
	same "$tmp/a" "$tmp/b"
done
run 0 fastest-idle policies
run 0 '"srpt"' policies --json

# --- traces
cat >"$tmp/c.yaml" <<'YAML'
duration: 20
mtbf: 100
mttr: 5
changes: [{at: 5, what: drain, server: 3}, {at: 9, what: add, tier: 2}]
YAML
for clock in event paper; do
	run 0 'response of a primitive' run -c "$tmp/c.yaml" --clock $clock \
		-t "$tmp/$clock.jsonl" --check
	run 0 'the same again' replay "$tmp/$clock.jsonl"
done
"$sim" run -c "$tmp/c.yaml" -C -t "$tmp/again.jsonl" >"$tmp/out"
same "$tmp/event.jsonl" "$tmp/again.jsonl"
sed '40s/"t":/"t":1/' "$tmp/event.jsonl" >"$tmp/edited.jsonl"
sed '1s/its memory, GB; default \[16/its memory; default [16/' \
	"$tmp/event.jsonl" >"$tmp/head.jsonl"
mem='default [16, 32, 80]\nmem_gb: [16, 32, 80]'
run 4 "head.jsonl:1: the trace has '# its memory; $mem', the replay '# its memory, GB; $mem'" \
	replay "$tmp/head.jsonl"
sed '1s/\\nrate: 1\\n/\\nrate: 1.0\\n/' "$tmp/event.jsonl" >"$tmp/head.jsonl"
run 4 "head.jsonl:1: the trace has 'rate: 1.0', the replay 'rate: 1'" \
	replay "$tmp/head.jsonl"
sed '1s/:42,/:42 ,/' "$tmp/event.jsonl" >"$tmp/head.jsonl"
run 4 "head.jsonl:1: the trace has '{" replay "$tmp/head.jsonl"
cp "$tmp/c.yaml" "$tmp/kept.yaml"
run 2 'would replace what this run reads' run -c "$tmp/c.yaml" \
	-t "$tmp/../${tmp##*/}/c.yaml"
same "$tmp/c.yaml" "$tmp/kept.yaml"
run 2 'would replace what this run reads' run -p "$tmp/bad.safetensors" \
	-t "$tmp/bad.safetensors"
run 4 'edited.jsonl:40: ' replay "$tmp/edited.jsonl"
head -n 60 "$tmp/event.jsonl" >"$tmp/cut.jsonl"
run 4 'cut.jsonl:61: ' replay "$tmp/cut.jsonl"
run 0 '' gantt "$tmp/event.jsonl" -o "$tmp/a.svg" --from 2 --to 9
grep -q '</svg>' "$tmp/a.svg" || fail "no picture"
run 2 'is the trace itself' gantt "$tmp/event.jsonl" \
	-o "$tmp/../${tmp##*/}/event.jsonl"
run 3 "$tmp/event.jsonl: nothing happens" gantt "$tmp/event.jsonl" -o "$tmp/b.svg" --from 99999
[ ! -e "$tmp/b.svg" ] || fail "a failed gantt left a file"
for left in "$tmp"/*.tmp.*; do
	[ ! -e "$left" ] || fail "left behind: $left"
done

# --- models: another mask, statistics of the attention feature
model=$top_srcdir/etc/models/scale.safetensors
short=(run --policy "$model" --nodes 8 --load 0.8 --workflows 20 --no-timing)
# deferrals MASK: of a short run
deferrals() {
	"$sim" "${short[@]}" --mask "$1" |
		awk '/^decisions that deferred/ { print $NF }'
}
run 2 'only a model has an attention feature' run --features
run 2 'takes no --mask' run --mask idle
run 2 'not none, fits or idle' run --mask all
run 0 'correlation of features' "${short[@]}" --features
run 0 '"correlation": 0.' "${short[@]}" --features --json
[ "$(deferrals idle)" = 0 ] || fail "deferred among idle servers"
[ "$(deferrals none)" -gt 0 ] || fail "none deferred among all servers"

# --- adversary: problems, their files, bytes at any number of threads
hunt=(adversary fastest-idle --against k-eft:5 --searches 3 --steps 200)
run 2 'a POLICY is missing' adversary --against eft
run 2 'POLICY is missing' adversary eft
run 2 'no policy named "best"' adversary best --against eft
run 2 'names more than one' adversary all --against eft
run 2 'neither primitive nor workflow' "${hunt[@]}" --metric p99
run 0 '"starved": 0' "${hunt[@]}" --json --threads 1
cp "$tmp/out" "$tmp/one"
run 0 '' "${hunt[@]}" --json --threads 3
same "$tmp/one" "$tmp/out"
run 0 'never ended' "${hunt[@]}" -o "$tmp/problems" --keep 2
[ "$(ls "$tmp/problems")" = "$(printf 'problem-0%d.json\n' 1 2)" ] ||
	fail "problems: $(ls "$tmp/problems")"
# what the table says is what a run of the file gives
worst=$(awk 'NR == 3 { print $2 }' "$tmp/out")
problem=$tmp/problems/problem-01.json
run 0 "$worst" run --problem "$problem" --check
run 2 'brings cluster and workflows' run --problem "$problem" --nodes 3
run 2 'brings cluster and workflows' run --problem "$problem" -s dt=1
run 2 'do not hold the workflows' run --problem "$problem" -t "$tmp/t.jsonl"
run 3 'No such file' run --problem "$tmp/none.json"
echo '{"scale_problem": 1,' >"$tmp/bad.json"
run 3 "$tmp/bad.json:2: " run --problem "$tmp/bad.json"
sed 's/"scale_problem": 1/"scale_problem": 2/' "$problem" >"$tmp/bad.json"
run 3 'version 2; this program reads 1' run --problem "$tmp/bad.json"
sed 's/"gflop"/"gflops"/' "$problem" >"$tmp/bad.json"
run 3 'workflows[0].tasks[0]: ' run --problem "$tmp/bad.json"
sed 's/"parents": \[\]/"parents": [3]/' "$problem" >"$tmp/bad.json"
run 3 'not the number of an earlier primitive' run --problem "$tmp/bad.json"
sed 's/"gflops": [0-9.]*/"gflops": -1.0/' "$problem" >"$tmp/bad.json"
run 3 'servers[0]: gflops and mem_gb above 0' run --problem "$tmp/bad.json"

# --- compare: the quick grid, bytes at any number of threads, resume, pictures
grid=$top_srcdir/etc/eval/quick.yaml
run 2 'a POLICY is missing' compare --grid "$grid"
run 2 'FILE is missing' compare eft
run 2 'no policy named "best"' compare best -g "$grid"
run 2 'no order named "best"' compare best+eft -g "$grid"
run 2 'takes part already' compare eft eft -g "$grid"
run 3 'No such file' compare eft -g "$tmp/none.yaml"
run 3 'No such file' compare "$tmp/none.safetensors" -g "$grid"
printf 'parts: {a: {laod: [1]}}\n' >"$tmp/bad-grid.yaml"
run 3 'bad-grid.yaml:1:' compare eft -g "$tmp/bad-grid.yaml"
printf 'parts: {a: {clock: [event, paper]}}\n' >"$tmp/paper-grid.yaml"
run 3 'heft needs clock: event, which cell "a: base, clock paper"' \
	compare eft heft -g "$tmp/paper-grid.yaml"
run 1 '' compare eft -g "$grid" --seeds 1 -o "$tmp/none/there"
compare() {
	"$sim" compare fastest-idle srpt+k-eft:5 random \
		"$top_srcdir/etc/models/default.safetensors" \
		--grid "$grid" --no-timing --check "$@" 2>"$tmp/err" ||
		fail "compare $*: $(cat "$tmp/err")"
}
compare --json --threads 1 >"$tmp/one.json"
compare --json --threads 3 -o "$tmp/compare" >"$tmp/three.json"
same "$tmp/one.json" "$tmp/three.json"
compare --json -o "$tmp/compare" >"$tmp/again.json"
same "$tmp/one.json" "$tmp/again.json"
grep -q '36 of 36 results were kept' "$tmp/err" ||
	fail "not resumed: $(cat "$tmp/err")"
rm "$(find "$tmp/compare/cells" -name '*.json' | head -n 1)"
compare --json -o "$tmp/compare" >"$tmp/again.json"
same "$tmp/one.json" "$tmp/again.json"
grep -q '35 of 36 results were kept' "$tmp/err" ||
	fail "a lost result: $(cat "$tmp/err")"
compare --cells >"$tmp/table"
same "$tmp/table" "$tmp/compare/report.txt"
grep -q LOSS "$tmp/table" || fail "no loss in the table"
grep -q WIN "$tmp/table" || fail "no win in the table"
grep -q '^lower bound' "$tmp/table" || fail "no lower bound"
for name in task_mean workflow_mean task_p99 workflow_p99; do
	grep -q '</svg>' "$tmp/compare/$name.svg" || fail "no $name.svg"
done
compare --reference random --seeds 2 >"$tmp/table"
grep -q 'seeds 900000 to 900001; the reference is random' "$tmp/table" ||
	fail "another reference: $(head -n 1 "$tmp/table")"
finish
