#!/bin/bash
# scale_model_test.sh - scale-model: options, exit statuses, JSON in and out
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

scale_model=$builddir/model/scale-model
m=$tmp/m.safetensors

run() {
	expect "$1" "$2" "$scale_model" "${@:3}"
}

# state STATUS WORDS JSON: decide on JSON from standard input
state() {
	run "$1" "$2" decide "$m" - < <(printf '%s' "$3")
}

# --- options and usage
run 0 'scale-model (scale) ' --version
run 0 'gradient FILE BATCH.json' --help
run 0 'Usage: scale-model' --usage
run 2 'a COMMAND is missing'
run 2 "there is no command 'inof'" inof "$m"
run 2 'info takes 1 file name, not 0' info
run 2 'decide takes 2 file names, not 1' decide "$m"
run 2 "too many arguments: 'c'" decide "$m" b c
run 2 'unrecognized option' info --bogus "$m"
run 2 '--json is for info alone' verify --json "$m"
run 2 '--output and --seed are for init alone' info --seed 1 "$m"
run 2 'init needs --output FILE' init
run 2 "'-1' is not a whole number" init -o "$m" --seed=-1
run 2 "'1x' is not a whole number" init -o "$m" --seed 1x
run 2 "'18446744073709551616' is not" init -o "$m" -s 18446744073709551616
[ -e "$m" ] && fail 'a refused init wrote its file'

# --- init: the seed alone decides
run 0 '' init -o "$m"
run 0 '' init -o "$tmp/again" --seed 42
same "$m" "$tmp/again"
run 0 '' init -o "$tmp/other" --seed 18446744073709551615
cmp -s "$m" "$tmp/other" && fail 'two seeds, one model'
run 1 'cannot open its directory' init -o "$tmp/no/such"

# --- info and verify
hash=$(sha256sum <"$m" | cut -d' ' -f1)
run 0 "ok, 12993 parameters, sha256 $hash" verify "$m"
run 0 "sha256      $hash" info "$m"
grep -q '^blocks.1.ffn.0.weight *64 x 16 *1024 ' "$tmp/out" ||
	fail 'info lacks a tensor'
run 0 "\"sha256\": \"$hash\"" info --json "$m"
cp "$tmp/out" "$tmp/info.json"

# --- files that are no models
run 3 "$tmp/none: cannot open" verify "$tmp/none"
run 3 'is a directory' info "$tmp"
head -c 20000 "$m" >"$tmp/cut"
run 3 "$tmp/cut: tensor" verify "$tmp/cut"
sed 's/"dims":"5,5/"mask":"x","dims":"5,5/' "$m" >"$tmp/length"
run 3 "$tmp/length: header" verify "$tmp/length"
sed 's/"trained":"no"/"mask":"bus"  /' "$m" >"$tmp/mask"
run 3 "$tmp/mask: metadata \"mask\" is \"bus\"" verify "$tmp/mask"
sed 's/"trained":"no"/"mask":"idle" /' "$m" >"$tmp/mask"
run 0 'ok, 12993 parameters' verify "$tmp/mask"
# an escape sequence of a file must not reach the terminal
sed 's/"trained":"no"/"x":"a\\u001bc"/' "$m" >"$tmp/escape"
run 0 'x = a?c' info "$tmp/escape"

# --- decide
server='[0.2,0.4,1.5,0.1,0.06]'
good='{"task":[1,0.5,0.2,0.25,0.5],"servers":[[0.2,0.2,0,0.05,0.01],'
good+='[1,1,2.5,0.4,0],[0.5,0.4,0,0.1,0.06]],'
good+='"idle":[true,false,true],"fits":[true,true,true]}'
state 0 '"choice":' "$good"
cp "$tmp/out" "$tmp/decision.json"
echo "$good" >"$tmp/state.json"
run 0 '"choice_feasible":' decide "$m" "$tmp/state.json"
same "$tmp/out" "$tmp/decision.json"
one='{"task":[1,2,3,4,5],"servers":['$server']'
state 0 '"choice": 0, "choice_feasible": 0}' "$one}"
state 0 '"choice": 0, "choice_feasible": null}' "$one,\"idle\":[false]}"
state 0 '"choice": 0, "choice_feasible": null}' "$one,\"fits\":[false]}"
two='{"task":[1,2,3,4,5],"servers":['$server,$server']'
state 0 '"probs": [0.5, 0.5]' "$two}"
state 0 '"choice": 0, "choice_feasible": 1}' "$two,\"fits\":[false,true]}"

run 3 "$tmp/none: cannot open" decide "$m" "$tmp/none"
while IFS='|' read -r words json; do
	state 3 "standard input: $words" "$json"
done <<EOT
line 1, column 0:|
line 1, column 1: string or '}' expected|{
line 1, column 3: end of file expected|{}x
line 1, column 18: duplicate object key|{"task": 1, "task": 2}
not a JSON object|[]
servers: missing|{"task": [1, 2, 3, 4, 5]}
servers: empty|{"task": [1, 2, 3, 4, 5], "servers": []}
servers: not an array|{"task": [1, 2, 3, 4, 5], "servers": 5}
servers[0]: not an array|{"task": [1, 2, 3, 4, 5], "servers": [5]}
servers[1]: 4 elements, expected 5|{"task": [1, 2, 3, 4, 5], "servers": [$server, [1, 2, 3, 4]]}
servers[1][4]: not a number|{"task": [1, 2, 3, 4, 5], "servers": [$server, [1, 2, 3, 4, "5"]]}
servers[0][0]: too large|{"task": [1, 2, 3, 4, 5], "servers": [[1e39, 2, 3, 4, 5]]}
line 1, column |{"task": [1, 2, 3, 4, 5], "servers": [[1e999, 2, 3, 4, 5]]}
line 1, column |{"task": [1, 2, 3, 4, NaN], "servers": [$server]}
task: missing|{"servers": [$server]}
task: not an array|{"task": {}, "servers": [$server]}
task: 4 elements, expected 5|{"task": [1, 2, 3, 4], "servers": [$server]}
task: 0 elements, expected 5|{"task": [], "servers": [$server]}
task[3]: not a number|{"task": [1, 2, 3, null, 5], "servers": [$server]}
idle: 2 elements, expected 1|$one, "idle": [true, true]}
idle: not an array|$one, "idle": true}
fits[0]: not true or false|$one, "fits": [1]}
task_: unknown key|$one, "task_": 1}
EOT
big='{"task":[3e38,3e38,3e38,3e38,3e38],'
big+='"servers":[[3e38,3e38,3e38,3e38,3e38]]}'
state 3 "standard input: the network's output is not finite" "$big"

# --- gradient
batch="\"states\":[$good,$one},$two}],\"actions\":[2,0,1],"
batch+='"old_log_probs":[-1.2,0,-0.7],"advantages":[1,-0.5,0.25],'
batch+='"returns":[1,2,0.5]'
gradient() {
	run "$1" "$2" gradient "$m" - < <(printf '{%s}' "$3")
}
gradient 0 '"terms": {"clip":' "$batch"
cp "$tmp/out" "$tmp/defaults"
settings='"clip":0.2,"c1":0.5,"c2":0.01,"lambda1":0.01,"lambda2":0.001,'
settings+='"srr_weight":1.0,"normalize_advantages":false,"mask":false'
gradient 0 '"loss":' "$batch,$settings"
same "$tmp/out" "$tmp/defaults"
while read -r setting; do
	gradient 0 '"loss":' "$batch,$setting"
	cmp -s "$tmp/out" "$tmp/defaults" && fail "$setting changes nothing"
done <<EOT
"clip": 0.01
"c1": 0
"c2": 1
"lambda1": 1
"lambda2": 1
"srr_weight": 0
"normalize_advantages": true
"mask": true
EOT
while IFS='|' read -r words json; do
	gradient 3 "standard input: $words" "$json"
done <<EOT
states: missing|"actions": []
states: empty|"states": []
states[1]: not an object|"states": [$good, 5]
states[2].task[0]: not a number|"states": [$good, $good, {"task": ["", 2, 3, 4, 5], "servers": [$server]}]
states[0].servers[0][1]: not a number|"states": [{"task": [1, 2, 3, 4, 5], "servers": [[1, true, 3, 4, 5]]}]
states[0].extra: unknown key|"states": [$one, "extra": 0}]
actions: 1 elements, expected 2|"states": [$good, $good], "actions": [0]
actions[1]: 3 is none of the 3 servers of states[1]|"states": [$good, $good], "actions": [0, 3]
actions[0]: -1 is none|"states": [$good], "actions": [-1]
actions[0]: not an integer|"states": [$good], "actions": [0.5]
actions[0]: server 1 of states[0] is masked|"states": [$good], "actions": [1], "mask": true
old_log_probs: missing|"states": [$good], "actions": [1]
advantages: 2 elements, expected 1|"states": [$good], "actions": [1], "old_log_probs": [0], "advantages": [1, 2]
returns[0]: not a number|"states": [$good], "actions": [1], "old_log_probs": [0], "advantages": [1], "returns": [[]]
clip: not a number|"states": [$good], "clip": "0.2"
clip: negative|"states": [$good], "clip": -0.2
mask: not true or false|"states": [$good], "mask": 1
cilp: unknown key|"states": [$good], "cilp": 1
EOT

# --- output that does not get out
"$scale_model" info "$m" >/dev/full 2>"$tmp/err"
[ $? -eq 1 ] || fail 'a full disk went unnoticed'
grep -q "cannot write to standard output: No space left" "$tmp/err" ||
	fail 'a full disk went unsaid'

# --- an independent reading of the file, and of SPEC section 4
if have_python; then
	/usr/bin/python3 "$(dirname "$0")/reference.py" "$m" \
		"$tmp/state.json" "$tmp/decision.json" "$tmp/info.json" ||
		fail 'plain Python comes to another result'
else
	echo 'no /usr/bin/python3: comparison with plain Python skipped' >&2
fi
finish
