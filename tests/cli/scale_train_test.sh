#!/bin/bash
# scale_train_test.sh - scale-train: options, statuses, resuming, signals
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

train=$builddir/trainer/scale-train
here=$(dirname "$0")
export SOURCE_DATE_EPOCH=1700000000

run() {
	expect "$1" "$2" "$train" "${@:3}"
}

cat >"$tmp/c.yaml" <<'END'
epochs: 6
envs: 2
steps: 64
checkpoint_every: 4
mask: idle
ppo: {minibatch: 64}
env: {gflops: [1, 5, 25], duration: 30}
eval: {every: 3, episodes: 2, duration: 20}
END

# --- options and statuses
run 0 'scale-train (scale) ' --version
run 0 'best.safetensors' --help
run 0 'Usage: scale-train' --usage
run 2 'no configuration given'
run 2 'no directory for the run' "$tmp/c.yaml"
run 2 'more than one configuration' a.yaml b.yaml -o d
run 2 '--resume takes neither' --resume d a.yaml
run 2 'not a whole number from 1 to 256' "$tmp/c.yaml" -o d --threads 0
run 2 'did you mean "epochs"?' --check "$tmp/c.yaml" --set epoch=3
run 2 '--set seed=-1: seed: -1 is not within' --check "$tmp/c.yaml" --seed -1
run 3 'No such file' --check "$tmp/none.yaml"
run 3 'No such file' --resume "$tmp/none"
run 3 "$tmp/c.yaml: ppo.minibatch: 64 is more than the 2 decisions" \
	--check "$tmp/c.yaml" --set steps=1
printf 'mask: idle\nppo:\n  clipp: 1\n' >"$tmp/bad.yaml"
run 3 "$tmp/bad.yaml:3:3: unknown key \"ppo.clipp\"; did you mean \"ppo.clip\"?" \
	"$tmp/bad.yaml" -o "$tmp/never"
[ ! -e "$tmp/never" ] || fail 'a directory for a configuration that is bad'
run 0 '' --check "$tmp/c.yaml"
[ ! -s "$tmp/out" ] || fail '--check prints'

# --- --print-config reads back to itself; the manual knows the same keys
run 0 'epochs: 6' --print-config "$tmp/c.yaml"
cp "$tmp/out" "$tmp/printed.yaml"
run 0 'epochs: 6' --print-config "$tmp/printed.yaml"
same "$tmp/out" "$tmp/printed.yaml"
"$train" --print-config | awk -f "$here/train_keys.awk" >"$tmp/keys"
sed -n '/^\.SH KEYS/,/^\.PP/p' "$here/../../docs/man/scale-train.1" |
	sed '1d;$d' >"$tmp/manual"
diff "$tmp/keys" "$tmp/manual" >&2 || fail 'scale-train.1 has other KEYS'
for column in $("$train" "$tmp/c.yaml" -o "$tmp/columns" -q --set epochs=1 &&
	head -1 "$tmp/columns/progress.csv" | tr , ' '); do
	grep -q "fB$column\\\\fR" "$here/../../docs/man/scale-train.1" ||
		fail "scale-train.1 does not explain column $column"
done

# --- a run: all output on standard error, one line for each epoch
run 0 '' "$tmp/c.yaml" -o "$tmp/a" --threads 1
[ ! -s "$tmp/out" ] || fail 'progress on standard output'
[ "$(grep -c '^epoch ' "$tmp/err")" -eq 6 ] || fail 'not six epochs'
[ "$(wc -l <"$tmp/a/progress.csv")" -eq 8 ] || fail 'not eight rows'
grep -q $'\r' "$tmp/err" && fail 'a bar without a terminal'
run 3 'is not empty' "$tmp/c.yaml" -o "$tmp/a"
run 0 '' "$tmp/c.yaml" -o "$tmp/b" --threads 2 -q
[ ! -s "$tmp/err" ] || fail '-q is not quiet'
same "$tmp/a/last.safetensors" "$tmp/b/last.safetensors"
same "$tmp/a/best.safetensors" "$tmp/b/best.safetensors"
"$builddir/sim/scale-sim" run --policy "$tmp/a/best.safetensors" \
	--duration 10 >/dev/null 2>&1 || fail 'scale-sim refuses the model'

# --- every algorithm: trained, verified, asked; an MLP for its N alone
sim=$builddir/sim/scale-sim
for algorithm in scale crossattn ppo ppo-srr dqn sac; do
	# one that learns from a replay has minibatches of its own
	case $algorithm in
	dqn | sac) sed '/^ppo:/d' "$tmp/c.yaml" >"$tmp/$algorithm.yaml" ;;
	*) cp "$tmp/c.yaml" "$tmp/$algorithm.yaml" ;;
	esac
	run 0 '' "$tmp/$algorithm.yaml" -o "$tmp/$algorithm" -q \
		--set epochs=2 --set algorithm=$algorithm
	m=$tmp/$algorithm/last.safetensors
	expect 0 ': ok, ' "$builddir/model/scale-model" verify "$m"
	expect 0 "algorithm = $algorithm" "$builddir/model/scale-model" info "$m"
	expect 0 '' "$sim" run --policy "$m" --nodes 16 --duration 10
	case $algorithm in
	scale | crossattn)
		expect 0 '' "$sim" run --policy "$m" --nodes 8 --duration 10
		continue
		;;
	esac
	for nodes in 16 8; do
		echo "{seed: 1, seeds: 1, set: {duration: 5}," \
			"parts: {p: {nodes: [16, $nodes]}}}" >"$tmp/grid.yaml"
		if [ $nodes = 16 ]; then
			expect 0 '' "$sim" compare "$m" -g "$tmp/grid.yaml"
		else
			expect 3 'not for the cell p' \
				"$sim" compare "$m" -g "$tmp/grid.yaml"
		fi
	done
	for other in '--nodes 8' '--set mtbf=100'; do
		# shellcheck disable=SC2086
		expect 3 "$m: an MLP for exactly 16 servers" \
			"$sim" run --policy "$m" --duration 10 $other
	done
	run 3 "env: algorithm $algorithm learns for exactly 16 servers" \
		"$tmp/$algorithm.yaml" -o "$tmp/never" --set algorithm=$algorithm \
		--set env.mtbf=100
done

# --- the models that are shipped are what their files say; that of the paper's
# method finishes everything as soon as the simple rule does that it has found,
# the others earlier, each by its own mean
models=$here/../../etc/models
for name in default scale workflow; do
	hash=$(sha256sum <"$models/$name.config.yaml")
	grep -qa "${hash%% *}" "$models/$name.safetensors" ||
		fail "$name.config.yaml is not of $name.safetensors"
done
# mean_of <policy> <configuration> <primitive or workflow>
mean_of() {
	"$builddir/sim/scale-sim" run --config "$2" --clock event \
		--policy "$1" --duration 60 --load 0.8 --repeat 5 --no-timing \
		--json >"$tmp/sim.json" || fail "scale-sim $1"
	python3 -c 'import json, sys
print(json.load(open(sys.argv[1]))["summary"][sys.argv[2] + "_response"]["mean"]["mean"])' \
		"$tmp/sim.json" "$3"
}
# no_later <file> <share> <what>: than so large a share of the rule's mean
no_later() {
	for config in base wide; do
		rule=$(mean_of fastest-idle $config "$3")
		got=$(mean_of "$models/$1" $config "$3")
		awk -v got="$got" -v rule="$rule" -v share="$2" \
			'BEGIN { exit !(got > 0 && got <= rule * share) }' ||
			fail "$1 on $config: $got s for each $3, fastest-idle $rule s"
	done
}
no_later scale.safetensors 1.001 task
no_later default.safetensors 0.98 task
no_later workflow.safetensors 0.98 workflow

# --- resuming
run 3 'seed differs' --resume "$tmp/a" --set seed=1
run 0 '' --resume "$tmp/a" -q
run 0 '' --resume "$tmp/a" --set epochs=8 -q
[ "$(wc -l <"$tmp/a/progress.csv")" -eq 10 ] || fail 'two epochs more'
[ "$(wc -l <"$tmp/a/command.txt")" -eq 3 ] || fail 'three commands'
grep -q '^epochs: 8' "$tmp/a/config.yaml" || fail 'config.yaml is not new'

# --- the best model is not in the checkpoint: without it, no run goes on
cp -r "$tmp/a" "$tmp/lost"
rm "$tmp/lost/best.safetensors"
run 3 "$tmp/lost/best.safetensors: cannot open" --resume "$tmp/lost"
head -c 1000 "$tmp/a/best.safetensors" >"$tmp/lost/best.safetensors"
run 3 'put it back, or copy last.safetensors' --resume "$tmp/lost"
same "$tmp/lost/command.txt" "$tmp/a/command.txt"
cp "$tmp/a/best.safetensors" "$tmp/lost"
run 0 '' --resume "$tmp/lost" -q

# --- signals: wait for the third epoch, stop, resume to the same end
long() {
	"$train" "$tmp/c.yaml" --set epochs=100000 -o "$1" -q \
		2>"$tmp/err" &
	pid=$!
	until [ -e "$1/progress.csv" ] &&
		[ "$(wc -l <"$1/progress.csv")" -ge 5 ]; do
		kill -0 $pid 2>/dev/null || { fail "ended: $(cat "$tmp/err")"; return; }
		sleep 0.05
	done
}
for signal in INT:130 TERM:143; do
	dir=$tmp/${signal%:*}
	long "$dir"
	kill -USR1 $pid
	kill -"${signal%:*}" $pid
	wait $pid
	status=$?
	[ $status -eq "${signal#*:}" ] || fail "SIG$signal: status $status"
	grep -q "stopped by SIG${signal%:*} after epoch" "$tmp/err" ||
		fail "SIG$signal: $(cat "$tmp/err")"
	rows=$(($(wc -l <"$dir/progress.csv") - 2))
	run 0 '' --resume "$dir" --set epochs=$((rows + 1)) -q
	[ "$(wc -l <"$dir/progress.csv")" -eq $((rows + 3)) ] ||
		fail "SIG$signal: rows after resuming"
done

# --- an epoch of seconds: stopped within the second, resumed to the same bytes
export SOURCE_DATE_EPOCH=1
slow=("$train" "$tmp/c.yaml" -q --set epochs=2 --set steps=10000 -o)
"${slow[@]}" "$tmp/whole" || fail 'a run of two long epochs'
"${slow[@]}" "$tmp/part" 2>"$tmp/err" &
pid=$!
until [ -e "$tmp/part/progress.csv" ] &&
	[ "$(wc -l <"$tmp/part/progress.csv")" -ge 3 ]; do
	kill -0 $pid 2>/dev/null || break
	sleep 0.02
done
kill -INT $pid
wait $pid
[ $? -eq 130 ] || fail 'no status 130 within an epoch'
grep -q 'stopped by SIGINT after epoch 1;' "$tmp/err" ||
	fail "within epoch 2: $(cat "$tmp/err")"
run 0 '' --resume "$tmp/part" -q
for file in best.safetensors last.safetensors config.yaml; do
	same "$tmp/part/$file" "$tmp/whole/$file"
done
unset SOURCE_DATE_EPOCH

# --- SIGUSR1 writes a checkpoint and goes on
long "$tmp/usr1"
before=$(stat -c %i "$tmp/usr1/checkpoint")
kill -USR1 $pid
until [ "$(stat -c %i "$tmp/usr1/checkpoint")" != "$before" ]; do
	kill -0 $pid 2>/dev/null || break
	sleep 0.05
done
kill -0 $pid 2>/dev/null || fail 'SIGUSR1 ends the program'
kill -KILL $pid
wait $pid 2>/dev/null
# killed without warning: the last checkpoint still serves
rows=$(($(wc -l <"$tmp/usr1/progress.csv") - 2))
run 0 '' --resume "$tmp/usr1" --set epochs=$((rows + 1)) -q

# --- no room for a model: status 1, a reason, and nothing half written
(
	ulimit -f 32
	"$train" "$tmp/c.yaml" -o "$tmp/full" -q 2>"$tmp/err"
)
status=$?
[ $status -eq 1 ] || fail "no room: status $status"
grep -q 'best.safetensors: ' "$tmp/err" || fail "no room: $(cat "$tmp/err")"
for file in "$tmp/full"/*; do
	case $file in
	*/config.yaml | */command.txt | */progress.*) ;;
	*) fail "left behind: $file" ;;
	esac
done
if [ -w /dev/full ]; then
	"$train" --print-config >/dev/full 2>"$tmp/err"
	[ $? -eq 1 ] || fail 'a full disk goes unnoticed'
fi

finish
