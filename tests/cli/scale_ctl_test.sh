#!/bin/bash
# scale_ctl_test.sh - scale-ctl on made-up logs and a made-up Slurm
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

scale_ctl=$builddir/plugin/scale-ctl
log=$tmp/log
export SCALE_LOG=$log SCALE_STATUS=$tmp/status.json TZ=UTC

run() {
	expect "$1" "$2" "$scale_ctl" "${@:3}"
}

# has WORDS: also in the output of the last run
has() {
	grep -qF -e "$1" "$tmp/out" || fail "no '$1' in: $(cat "$tmp/out")"
}

hasnt() {
	grep -qF -e "$1" "$tmp/out" && fail "'$1' in: $(cat "$tmp/out")"
}

# json EXPRESSION: is true of the last run's output, as d
json() {
	have_python || return 0
	/usr/bin/python3 - "$1" "$tmp/out" <<'PY' || fail "json: $1"
import json, sys
with open(sys.argv[2]) as f:
    d = json.load(f)
sys.exit(0 if eval(sys.argv[1]) else 1)
PY
}

# --- options and usage
run 0 'scale-ctl (scale) ' --version
run 0 'explain  JOBID ' --help
run 2 'a COMMAND is missing'
run 2 "there is no command 'stats'" stats
run 2 'explain needs a JOBID' explain
run 2 "too many arguments: '2'" explain 1 2
run 2 "too many arguments: 'x'" status x
run 2 'report does not take --watch' report --watch
run 2 'status does not take --svg' --svg status
run 2 'give one of --json, --dot and --svg' workflow w --dot --json
run 2 "'0' is not a number from 0.1 to 86400" status --watch=0
run 2 "there is no user 'no such user'" history --user 'no such user'
for command in report 'explain 1' 'workflow w'; do
	# shellcheck disable=SC2086
	run 3 "$log: no such file" $command
done

# --- a log: w1 is placed by the model; its array of 3 is under way, its join
# waits.  Three of 11 decisions to come are w1's.
cat >"$log.1" <<'END'
{"v":1,"type":"seen","time":100,"job":10,"uid":7,"wf":"w1","task":"plan","submit":100,"count":1,"gflop":20,"out_gb":0.5,"mem_gb":4,"run_s":2,"spread":0.1,"source":"history","parents":[]}
{"v":1,"type":"seen","time":100,"job":11,"uid":7,"wf":"w1","task":"tools","submit":100,"count":3,"gflop":40,"out_gb":0,"mem_gb":4,"run_s":4,"spread":0,"source":"annotation","parents":[10]}
this line is no record
{"v":1,"type":"seen","time":100,"job":14,"uid":7,"wf":"w1","task":"join <&>","submit":100,"count":1,"gflop":10,"out_gb":0,"mem_gb":4,"run_s":1,"spread":0,"source":"limit","parents":[11]}
{"v":1,"type":"decision","time":100.5,"job":10,"uid":7,"wf":"w1","task":"plan","mode":"canary","policy":"model","outcome":"placed","hops":2,"us":150,"node":"n1","score":1.5,"runner_up":"n2","runner_up_score":1.25,"allowed":16,"candidates":[{"node":"n1","score":1.5,"run_s":2,"transfer_s":0,"wait_s":0,"mem_gb":16},{"node":"n2","score":1.25,"run_s":4,"transfer_s":0.5,"wait_s":0,"mem_gb":32}]}
{"v":1,"type":"start","time":101,"job":10,"uid":7,"wf":"w1","task":"plan","node":"n1","ready":100}
END
cat >"$log" <<'END'
{"v":1,"type":"end","time":103,"job":10,"uid":7,"wf":"w1","task":"plan","node":"n1","state":"COMPLETED","elapsed_s":2}
{"v":1,"type":"decision","time":103,"job":12,"array":11,"index":0,"uid":7,"wf":"w1","task":"tools","mode":"canary","policy":"model","outcome":"placed","hops":1,"us":250,"node":"n2","score":1,"allowed":16,"candidates":[]}
{"v":1,"type":"start","time":103,"job":12,"array":11,"index":0,"uid":7,"wf":"w1","task":"tools","node":"n2","ready":103}
{"v":1,"type":"decision","time":103,"job":11,"array":11,"index":1,"uid":7,"wf":"w1","task":"tools","mode":"canary","policy":"model","outcome":"wait","reason":"n1 is busy for 3 s","hops":1,"us":350,"node":"n1","score":1,"allowed":16,"candidates":[]}
{"v":1,"type":"decision","time":103.5,"job":11,"array":11,"index":1,"uid":7,"wf":"w1","task":"tools","mode":"canary","policy":"model","outcome":"refused","reason":"Licenses","hops":1,"us":350,"node":"n1","score":1,"allowed":16,"candidates":[]}
{"v":9,"type":"unheard of","time":104}
{"v":1,"type":"fallback","time":104,"cause":"late","policy":"eft","reason":"took 9000 us"}
{"v":1,"type":"end","time":10
END

# a Slurm that knows of one job that is held
mkdir "$tmp/slurm"
cat >"$tmp/slurm/squeue" <<'END'
#!/bin/sh
case $* in
'-h -r -j 14 -o %r') echo JobHeldUser ;;
'-h -r -j 11 -o %r') printf '%s\n' None Resources JobArrayTaskLimit Resources ;;
'-h -r -j 11_1 -o %r') echo Resources ;;
'-h -r -j 11_2 -o %r') echo JobArrayTaskLimit ;;
*) exit 1 ;;
esac
END
chmod +x "$tmp/slurm/squeue"
path=$PATH PATH=$tmp/slurm:$PATH
run 0 'job        10 plan of workflow w1, user 7: done' explain 10
has 'demand     20 GFLOP (history), output 0.5 GB'
has '1970-01-01 00:01:40 in 150 us by model, mode canary, hops 2: placed n1'
has 'not n2: its score is 0.25 lower, running takes 2 s more, the transfer 0.5 s more'
has '(2 of 16 nodes that Slurm allows)'
has 'on n1, 1 s after it was ready'
has 'ended      1970-01-01 00:01:43, COMPLETED after 2 s'
hasnt 'waits'
run 0 'job        11_1 tools of workflow w1, user 7: pending' explain 11_1
has 'waits      Licenses'
has 'decision 2, 1 of them to wait'
has 'after      job 10 plan: 1 of 1 done, on n1'
has 'Slurm says Resources'
hasnt JobArrayTaskLimit
# one that the log knows as a part of its array only
run 0 'job        11_2 tools of workflow w1, user 7: pending' explain 11_2
has 'Slurm says JobArrayTaskLimit'
hasnt Resources
run 0 '' explain --json 11_2
json 'd["index"] == 2'
run 0 'job        11_0' explain 12		# by its own job id
run 0 'waits      it depends on job 11 tools, which has 3 of 3' explain 14
has 'primitives to go; Slurm says JobHeldUser'
run 0 '"why_it_waits": "it depends on job 11' explain --json 14
run 0 '' explain --json 10
json 'd["state"] == "done" and d["decision"]["node"] == "n1" and d["start"] == 101 and d["why_not_runner_up"].startswith("not n2")'
for array in 11 '11_[1-2]'; do
	run 0 'job        11 (3 primitives, 0 done) tools of workflow w1' \
		explain "$array"
	has 'tasks      scale-ctl explain 11_0 tells of one'
	has 'Resources (2 of its tasks); Slurm says JobArrayTaskLimit (1 of'
done
run 0 '' explain 11 --json
json 'd["state"] == "running" and d["primitives"] == 3 and d["submit"] == 100'
run 1 'does not know job 99' explain 99
run 1 'does not know job 10_5' explain 10_5
run 1 'does not know job x' explain x
# a parent that failed, a score that is the same, a node that is overdue
cat >"$tmp/odd" <<'END'
{"v":1,"type":"seen","time":1,"job":1,"uid":1,"wf":"o","task":"f","submit":1,"count":1}
{"v":1,"type":"decision","time":1,"job":1,"uid":1,"wf":"o","outcome":"placed","node":"n1","score":1,"runner_up":"n2","runner_up_score":1,"candidates":[{"node":"n3","score":2,"wait_s":0,"busy":true},{"node":"n1","score":1,"wait_s":0}]}
{"v":1,"type":"start","time":1,"job":1,"uid":1,"wf":"o","node":"n1","ready":null}
{"v":1,"type":"end","time":2,"job":1,"uid":1,"wf":"o","node":"n1","state":"FAILED","elapsed_s":1}
{"v":1,"type":"seen","time":1,"job":2,"uid":1,"wf":"o","submit":1,"count":1,"parents":[1]}
END
run 0 'not n2: its score is the same' explain 1 --log "$tmp/odd"
grep -qE '^  n3 .* overdue ' "$tmp/out" || fail "$(cat "$tmp/out")"
run 0 'waits      1 of 1 primitives of job 1 f failed' explain 2 --log "$tmp/odd"
# an array cancelled before any of it started is one record of Slurm's
cat >>"$tmp/odd" <<'END'
{"v":1,"type":"seen","time":1,"job":3,"uid":1,"wf":"c","submit":1,"count":4,"run_s":1}
{"v":1,"type":"end","time":2,"job":3,"array":3,"index":0,"uid":1,"wf":"c","state":"CANCELLED","elapsed_s":0}
END
run 0 '0 done, 0 running, 0 pending, 4 failed' workflow c --log "$tmp/odd"
has ended
PATH=$path

run 0 'workflow w1 of user 7: 1 done, 1 running, 3 pending, 0 failed' \
	workflow w1
has '* '
has 'after 10'
run 0 '' workflow w1 --json
# tools waits for nobody: 4 s, then join 1 s; annotated and limited demands
# have no spread
json 'd["eta_s"] == {"median": 5, "low": 5, "high": 5}'
json '[s["job"] for s in d["stages"] if s["critical"]] == [10, 11, 14]'
json 'd["arrival"] == 100 and d["stages"][1]["nodes"] == ["n2"]'
json 'd["primitives"] == {"pending": 3, "running": 1, "done": 1, "failed": 0}'
run 0 '10 -> 11;' workflow w1 --dot
has 'label="join <&>\n0/1"'
run 0 'join &lt;&amp;&gt;</text>' workflow w1 --svg
if have_python; then
	/usr/bin/python3 -c 'import sys, xml.dom.minidom as m
m.parse(sys.argv[1])' "$tmp/out" || fail 'the SVG is not XML'
fi
run 0 'workflow w1 of user 7' workflow 14	# by a job of it
run 0 'workflow w1 of user 7' workflow 11_1
run 1 'knows no workflow 99' workflow 99
run 1 'knows no workflow 14 of that user' workflow 14 --user 8
run 1 'knows no workflow w9' workflow w9
run 1 'knows no workflow w1 of that user' workflow w1 --user 8
echo '{"v":1,"type":"seen","time":1,"job":90,"uid":8,"wf":"w1"}' >>"$log.1"
run 1 'both have a workflow w1; give --user' workflow w1
run 0 'of user 8' workflow w1 --user 8
has 'no estimate of its end'
run 0 '' workflow w1 --user 8 --json
json 'd["eta_s"]["median"] is None'
sed -i '$d' "$log.1"
# one that runs since 50 s of 100, give or take a factor, then one of unknown
# demand
cat >"$tmp/now" <<END
{"v":1,"type":"seen","time":1,"job":1,"uid":1,"wf":"n","count":1,"run_s":100,"spread":0.1}
{"v":1,"type":"start","time":$(($(date +%s) - 50)),"job":1,"uid":1,"wf":"n","node":"n1","ready":1}
END
run 0 'can end in' workflow n --log "$tmp/now"
has '(80 %: '
hasnt late
sed 's/"run_s":100/"run_s":10/' "$tmp/now" >"$tmp/late"
run 0 'late: 1 run longer than expected' workflow n --log "$tmp/late"
run 0 '' workflow n --json --log "$tmp/now"
json '0 <= d["eta_s"]["low"] < d["eta_s"]["median"] < d["eta_s"]["high"]'
json '30 < d["eta_s"]["median"] < 56 and d["stages"][0]["left_s"] <= 50'
echo '{"v":1,"type":"seen","time":1,"job":2,"uid":1,"wf":"n","parents":[1]}' \
	>>"$tmp/now"
run 0 '' workflow n --json --log "$tmp/now"
json '[s["left_s"] for s in d["stages"]] == [None, None]'
# another child, of known demand, hides nothing
echo '{"v":1,"type":"seen","time":1,"job":3,"uid":1,"wf":"n","run_s":5,"parents":[1]}' \
	>>"$tmp/now"
run 0 '' workflow n --json --log "$tmp/now"
json '[s["left_s"] for s in d["stages"]] == [None, None, 5]'
json 'd["eta_s"]["median"] is None'
# a cycle, as no Slurm makes it
printf '%s\n' '{"v":1,"type":"seen","time":1,"job":1,"uid":1,"wf":"c","parents":[2]}' \
	'{"v":1,"type":"seen","time":1,"job":2,"uid":1,"wf":"c","parents":[1]}' \
	>"$tmp/cycle"
run 1 'cycle' workflow c --log "$tmp/cycle"

# --- report: 20 workflows of two primitives for each arm.  By hand: under the
# model workflow i responds in 4 + i mod 2, a primitive in (2 + 4 + i mod 2) / 2
# on average, the first waits 1 s, the second 0; stock takes 3 s more
# for all of it, and the logged node for 30 of its 40 primitives.
fabricate() {
	local arm k id base extra outcome node i
	for arm in 0 1; do
		for ((k = 0; k < 20; k++)); do
			id=$((1000 + 100 * k + 10 * arm)) base=$((1000 * k))
			extra=$((3 * arm)) outcome=placed
			[ $arm = 0 ] || outcome=shadow
			for i in 0 1; do
				node=n1
				[ $((k % 2 + i)) = 2 ] && node=n2
				cat <<END
{"v":1,"type":"seen","time":$base,"job":$((id + i)),"uid":1,"wf":"$arm-$k","task":"t","submit":$base,"count":1,"parents":[]}
{"v":1,"type":"decision","time":$base,"job":$((id + i)),"uid":1,"wf":"$arm-$k","task":"t","mode":"canary","policy":"model","outcome":"$outcome","us":$((k + 1)),"node":"$node"}
{"v":1,"type":"start","time":$((base + 1 + i + extra)),"job":$((id + i)),"uid":1,"wf":"$arm-$k","task":"t","node":"n1","ready":$((base + 2 * i + extra * i))}
{"v":1,"type":"end","time":$((base + 2 + i * (2 + k % 2) + extra)),"job":$((id + i)),"uid":1,"wf":"$arm-$k","task":"t","node":"n1","state":"COMPLETED","elapsed_s":1}
END
			done
		done
	done
}
fabricate >"$tmp/report"
# the mode changed under this one: it counts for neither
cat >>"$tmp/report" <<'END'
{"v":1,"type":"seen","time":0,"job":1,"uid":1,"wf":"both","submit":0,"count":1}
{"v":1,"type":"decision","time":1,"job":1,"uid":1,"wf":"both","policy":"model","outcome":"placed","us":1,"node":"n1"}
{"v":1,"type":"end","time":9999,"job":1,"uid":1,"wf":"both","node":"n1","state":"COMPLETED"}
{"v":1,"type":"decision","time":1,"job":2,"uid":1,"wf":"both","policy":"model","outcome":"shadow","us":20,"node":"n1"}
END
run 0 'means, with 95 % confidence intervals' report --log "$tmp/report"
has 'stock took the node that was logged for 75 % of primitives'
run 0 '' report --json --log "$tmp/report"
json 'len(d["arms"]) == 2 and [a["workflows"] for a in d["arms"]] == [20, 20]'
json 'abs(d["arms"][1]["workflow_response_s"]["mean"] - 4.5) < 1e-6'
json 'abs(d["arms"][1]["primitive_response_s"]["mean"] - 3.25) < 1e-6'
json 'abs(d["arms"][1]["primitive_wait_s"]["mean"] - 0.5) < 1e-6'
json 'abs(d["arms"][1]["minus_stock"]["workflow_response_s"]["mean"] + 3) < 1e-6'
json '(lambda x: x["low"] < -3 < x["high"] and x["high"] - x["low"] < 1)(d["arms"][1]["minus_stock"]["workflow_response_s"])'
# standard error of 20 values 4 and 5 in halves: 0.5/sqrt(20) = 0.11
json '(lambda x: 0.15 < x["high"] - x["mean"] < 0.3)(d["arms"][1]["workflow_response_s"])'
json 'd["arms"][0]["agreement"]["mean"] == 0.75'
# nothing of a workflow runs in the first second, under stock in the first four
json '[a["workflow_wait_s"]["mean"] for a in d["arms"]] == [4, 1]'
json 'd["arms"][1]["minus_stock"]["workflow_wait_s"] == {"mean": -3, "low": -3, "high": -3}'
json 'd["arms"][1]["minus_stock"]["of_mode"] == "canary"'
# other modes are other arms; shadow ones are compared with their own stock
sed 's/canary/shadow/;s/"wf":"/&s/;s/"job":/&9/' "$tmp/report" | grep '"wf":"s1-' >"$tmp/modes"
sed 's/canary/active/;s/"wf":"/&a/;s/"job":/&8/' "$tmp/report" | grep '"wf":"a0-' >>"$tmp/modes"
cat "$tmp/report" >>"$tmp/modes"
run 0 'model, active' report --log "$tmp/modes"
has '  minus stock, canary'
has 'for 75 % of primitives [65, 85] in mode shadow'
run 0 '' report --json --log "$tmp/modes"
json '[(a["arm"], a["mode"]) for a in d["arms"]] == [("stock", "canary"), ("stock", "shadow"), ("model", "active"), ("model", "canary")]'
json '[a["minus_stock"].get("of_mode") for a in d["arms"]] == [None, None, "canary", "canary"]'
# of two at the same time, and a break before the third
cat >"$tmp/break" <<'END'
{"v":1,"type":"seen","time":10,"job":1,"uid":1,"wf":"w","submit":10,"count":3}
{"v":1,"type":"decision","time":10,"job":1,"array":1,"index":0,"uid":1,"wf":"w","mode":"active","policy":"model","outcome":"placed","us":1,"node":"n1"}
{"v":1,"type":"start","time":11,"job":1,"array":1,"index":0,"uid":1,"wf":"w","node":"n1"}
{"v":1,"type":"start","time":12,"job":1,"array":1,"index":1,"uid":1,"wf":"w","node":"n2"}
{"v":1,"type":"end","time":14,"job":1,"array":1,"index":1,"uid":1,"wf":"w","node":"n2","state":"COMPLETED"}
{"v":1,"type":"end","time":15,"job":1,"array":1,"index":0,"uid":1,"wf":"w","node":"n1","state":"COMPLETED"}
{"v":1,"type":"start","time":18,"job":1,"array":1,"index":2,"uid":1,"wf":"w","node":"n2"}
{"v":1,"type":"end","time":19,"job":1,"array":1,"index":2,"uid":1,"wf":"w","node":"n2","state":"COMPLETED"}
END
run 0 '' report --json --log "$tmp/break"
json 'd["arms"][0]["workflow_wait_s"]["mean"] == 4 and d["arms"][0]["minus_stock"] == {}'
run 0 '' report --json --log "$tmp/report"
json 'd["coverage"] == {"started": 80, "decided": 80}'
json 'd["decision_us"]["count"] == 82 and d["decision_us"]["p50"] == 10'
json 'd["workflows"] == {"all": 41, "mixed": 1, "open": 1}'
cp "$tmp/out" "$tmp/once"
run 0 '' report --json --log "$tmp/report"
same "$tmp/out" "$tmp/once"
# one that Slurm started and nobody decided about, in a log without decisions
echo '{"v":1,"type":"start","time":1,"job":1,"uid":1,"wf":"w","task":"","node":"n1","ready":null,"room":null}' >"$tmp/undecided"
run 0 'coverage    0 of 1 primitives that started had a decision (0 %)' \
	report --log "$tmp/undecided"
has 'decisions   none'
! grep -qiw nan "$tmp/out" || fail "$(cat "$tmp/out")"
# one workflow has no interval
{
	cat "$tmp/undecided"
	echo '{"v":1,"type":"decision","time":1,"job":1,"uid":1,"wf":"w","policy":"model","outcome":"shadow","us":1,"node":"n1"}'
} >"$tmp/one"
run 0 'logged for 100 % of primitives' report --log "$tmp/one"
! grep -qiw nan "$tmp/out" || fail "$(cat "$tmp/out")"
grep -v '"type":"start"' "$tmp/undecided" >"$tmp/empty" || :
run 0 'coverage    no primitive of the log has started' report --log "$tmp/empty"
! grep -qiw nan "$tmp/out" || fail "$(cat "$tmp/out")"
# candidates, most of a log, are read where they are shown
echo '{"v":1,"type":"decision","time":1,"job":7,"uid":1,"wf":"w","task":"t","policy":"model","outcome":"placed","us":1,"node":"n1","candidates":[{no JSON]}' >"$tmp/unread"
run 0 'workflow w of user 1' workflow w --log "$tmp/unread"
run 0 'workflow w of user 1' workflow 7 --log "$tmp/unread"
run 1 'does not know job 7' explain 7 --log "$tmp/unread"
run 0 'log         1 lines are no records' report --log "$tmp/unread"
run 0 'fallback    late: took 9000 us' report
has 'log         2 lines are no records'
run 0 '' report --json
json 'd["log"]["files"] == 2 and d["log"]["skipped"] == 2 and d["workflows"]["open"] == 1'

ln "$log.1" "$log.2"	# as a rotation between two openings leaves it
run 0 '' report --json
json 'd["log"]["files"] == 2 and d["log"]["skipped"] == 2'
rm "$log.2"

# --- status
run 3 "$SCALE_STATUS: cannot open" status
echo '{"v":1' >"$SCALE_STATUS"
run 3 "$SCALE_STATUS:2:" status
echo '{"v":2}' >"$SCALE_STATUS"
run 3 'not a status file of this version' status
cat >"$SCALE_STATUS" <<END
{"v":1,"version":"0.1.0","time":$(date +%s),"started":$(($(date +%s) - 7200)),
 "last_cycle":0,"pid":1,"mode":"shadow",
 "model":{"policy":"model","fallback":"eft","path":"/m","sha256":"0123456789abcdef","slurm":"22.05.8"},
 "now":{"nodes":16,"workflows":0},"counts":{"placed":3},
 "fallback":{"late":2,"mix":0},
 "latency":{"decision":{"count":3,"p50_us":120,"p95_us":1,"p99_us":1,"max_us":1}},
 "drift":0.5,"log":{"written":5}}
END
run 0 'scale 0.1.0 for Slurm 22.05.8, mode shadow, pid 1' status
has 'up 2.0 h, last pass never'
has 'policy     model /m sha256 0123456789ab, drift 0.5, fallback eft'
has 'nodes 16  workflows 0'
has 'fallbacks  late 2'
has 'p50 120 us'
[ -s "$tmp/err" ] && fail "a fresh status warns: $(cat "$tmp/err")"
run 0 '"placed": 3' status --json
timeout 2 "$scale_ctl" status --watch=0.2 --json >"$tmp/out" 2>/dev/null
[ "$(wc -l <"$tmp/out")" -ge 2 ] || fail '--watch looks once only'
sed -i 's/"time":[0-9]*/"time":1000/' "$SCALE_STATUS"
run 0 'mode shadow' status
grep -q 'is slurmctld running' "$tmp/err" || fail 'an old status is trusted'

# --- history
mkdir "$tmp/state"
state() {
	printf 'scale-state 1 %d %s\n%s\n' ${#1} \
		"$(printf %s "$1" | sha256sum | cut -d' ' -f1)" "$1" \
		>"$tmp/state/scale_state"
}
state '{"saved":1,"stages":[],"runs":[],"edges":[],"history":[[0,"align",[4,2.302585092994046,0.5],[0,0,0]],[1,"sort",[1,0,0.7],[1,0,0.7]],[4294967295,"batch",[5,1,1],[0,0,0]]],"ratio":[4,-1,0.5]}'
run 0 'align' history --state "$tmp/state"
grep -qE '^root +align +4 +10 x1.65 +-$' "$tmp/out" ||
	fail "history: $(cat "$tmp/out")"
has 'elapsed / time limit: 0.368, from 4 jobs'
has '(class)'
run 0 'sort' history --state "$tmp/state" --user 1
hasnt align
run 0 '' history --state "$tmp/state" --json
json '[h["name"] for h in d["history"]] == ["batch", "sort", "align"]'
json 'd["history"][0]["uid"] is None and d["history"][1]["out_gb"] == 1'
cp "$tmp/state/scale_state" "$tmp/state/scale_state.old"
echo x >>"$tmp/state/scale_state"
run 0 'align' history --state "$tmp/state"
grep -q 'truncated or longer.*showing the older file' "$tmp/err" ||
	fail 'a damaged state file is shown without a word'
rm "$tmp/state/scale_state.old"
run 3 'truncated or longer' history --state "$tmp/state"
run 3 'cannot open' history --state "$tmp/none"

# --- doctor: a Slurm made of shell scripts; "cc" makes plugins of any version
bin=$tmp/bin etc=$tmp/etc plugins=$tmp/plugins
mkdir "$bin" "$etc" "$plugins" "$tmp/var"
chmod 755 "$tmp" "$tmp"/*/
script() {
	cat >"$bin/$1"
	chmod +x "$bin/$1"
}

# --- workflow: what squeue knows and the log does not
cat >>"$tmp/now" <<'END'
{"v":1,"type":"seen","time":1,"job":2,"uid":1,"wf":"n","task":"t2","count":1,"run_s":9,"parents":[1]}
{"v":1,"type":"seen","time":1,"job":3,"uid":1,"wf":"n","task":"t3","count":1,"run_s":9,"parents":[1]}
END
asked() {
	PATH=$bin:$PATH run 0 "$1" workflow n --log "$tmp/now" "${@:2}"
}
script squeue <<<'#!/bin/sh
echo "2 Dependency"
echo "3 (null)"'
asked 'can end in'
script squeue <<<'#!/bin/sh
[ "$*" = "-h -t PENDING -o %F %r -j 2,3" ] || exit 1
echo "2 JobHeldUser"
echo "3 DependencyNeverSatisfied"'
asked 'ends never: t3 (job 3) cannot start (DependencyNeverSatisfied)'
hasnt 'can end in'
asked '' --json
json 'd["eta_s"]["median"] is None and d["blocked"] == {"job": 3, "reason": "DependencyNeverSatisfied", "held": False}'
script squeue <<<'#!/bin/sh
echo "2 JobHeldUser"'
asked 'no estimate of its end: t2 (job 2) is held (JobHeldUser)'
script squeue <<<'#!/bin/sh
exit 1'
asked 'can end in'
asked '' --json
json 'd["blocked"] is None'

script slurmctld <<<'#!/bin/sh
echo "slurm-wlm 22.05.8"'
script scontrol <<'END'
#!/bin/sh
if [ "$2" = hostnames ]; then
	[ "$3" = "n[1-2]" ] && printf 'n1\nn2\n'
	exit 0
fi
for i in 1 2 3 4; do
	echo "NodeName=n$i CPUTot=4 AvailableFeatures=(null) RealMemory=16384 State=IDLE"
done
echo "NodeName=g1 CPUTot=8 AvailableFeatures=gpu,fast RealMemory=81920 State=IDLE"
END
slurm_conf() {
	cat >"$etc/slurm.conf"
}
good_conf() {
	slurm_conf <<END
ClusterName=test  # a comment
SlurmUser=$(id -un)
Include more.conf
schedulerparameters=bf_interval=5,defer,max_rpc_cnt=10
StateSaveLocation="$tmp/var"
END
	printf 'SchedulerType=\\\nsched/scale\nPluginDir=/nowhere:%s\n' \
		"$plugins" >"$etc/more.conf"
}
yaml() {
	cat >"$etc/scale.yaml"
	chmod 644 "$etc/scale.yaml"
}
# plugin VERSION TYPE
plugin() {
	echo "const unsigned plugin_version = $1;
	      const char plugin_type[] = \"$2\";" >"$tmp/plugin.c"
	${CC:-cc} -shared -fPIC -o "$plugins/sched_scale.so" "$tmp/plugin.c"
	chmod 755 "$plugins/sched_scale.so"
}
doctor() {
	PATH=$bin:$PATH run "$1" "$2" doctor --log "$tmp/var/log" \
		--slurm-conf "$etc/slurm.conf" "${@:3}"
}
# broken WORDS [FIX]: doctor finds a fault and says so on standard output
broken() {
	PATH=$bin:$PATH "$scale_ctl" doctor --log "$tmp/var/log" \
		--slurm-conf "$etc/slurm.conf" >"$tmp/out" 2>"$tmp/err"
	[ $? -eq 4 ] || fail "doctor: no fault: $(cat "$tmp/out" "$tmp/err")"
	has "$1"
	[ -z "$2" ] || has "$2"
}

good_conf
if [ -f "$builddir/model/scale-model" ]; then
	"$builddir/model/scale-model" init -o "$tmp/etc/m.safetensors"
fi
yaml <<END
model: $etc/m.safetensors
nodes:
  - { match: "n[1-2]", gflops: 5 }
  - { feature: gpu, gflops: 20 }
gflops_per_cpu: 2
END
chmod 644 "$etc"/*
plugin 0x160508 sched/scale
doctor 0 'is for Slurm 22.05.8'
has 'SchedulerType=sched/scale'
has 'jobs are not started at submission'
has 'm.safetensors, sha256'
has 'the model does not say what it was trained on'
has '5 nodes of 5 to 20 GFLOPS'
has 'no state file yet'
hasnt fault
cp "$etc/scale.yaml" "$tmp/before.yaml"
yaml <<END
policy: eft
nodes:
  - { match: "n[1-2]", gflops: 5 }
  - { feature: gqu, gflops: 20 }
END
doctor 0 'warning  nodes      scale.yaml: nodes, entry 2 (gqu): no node of'
! grep -q 'entry 1' "$tmp/out" || fail "$(cat "$tmp/out")"
yaml <"$tmp/before.yaml"
doctor 0 '"result": "note"' --json
json 'all(f["level"] in ("ok", "note") for f in d["findings"])'

# trained_on JSON: the model says that it was trained on such clusters
trained_on() {
	/usr/bin/python3 - "$etc/m.safetensors" "$1" <<'PY'
import json, struct, sys
path = sys.argv[1]
data = open(path, "rb").read()
n = struct.unpack("<Q", data[:8])[0]
head = json.loads(data[8:8 + n])
head["__metadata__"]["trained_on"] = sys.argv[2]
text = json.dumps(head, separators=(",", ":")).encode()
text += b" " * (-len(text) % 8)
with open(path, "wb") as f:
    f.write(struct.pack("<Q", len(text)) + text + data[8 + n:])
PY
}
if have_python; then
	trained_on '[{"nodes":[4,16],"mix":[1,1],"gflops":[5,10],"mem_gb":[16,80]}]'
	doctor 0 '5 nodes of 5 to 20 GFLOPS; trained on 4 to 16 nodes'
	trained_on '[{"nodes":[11,16],"mix":[1,1],"gflops":[5,10],"mem_gb":[16,80]}]'
	doctor 0 'warning  range      the number of nodes is outside'
	trained_on '[{"nodes":[5],"mix":[1,1],"gflops":[6,10],"mem_gb":[16,80]}]'
	doctor 0 'warning  range      the nodes differ more'
	has '-> train on a cluster like this one'
	trained_on '[{"nodes":[5],"mix":[9,1],"gflops":[1,10],"mem_gb":[16,80],"load":[0.5,0.9]}]'
	doctor 0 'warning  range      the shares of fast and slow nodes'
	has 'the nearest mix of tiers is 3.16 times off'
	has 'trained under loads of 0.5 to 0.9'
	sha=$(sha256sum "$etc/m.safetensors" | cut -d' ' -f1)
	status() {
		cat >"$tmp/running" <<END
{"v":1,"time":$(date +%s),"model":{"sha256":"$1"},"load":$2}
END
		doctor 0 "${@:3}" --status-file "$tmp/running"
	}
	status "$sha" 0.7 'ok       loaded     slurmctld decides by this model'
	has 'ok       load       the load of the last hour is 0.7; trained under 0.5 to 0.9'
	status 0123 0.97 "warning  loaded     $etc/m.safetensors: sha256 ${sha:0:12}, but slurmctld decides by sha256 0123"
	has 'warning  load       the load of the last hour is 0.97'
	status '' null 'but slurmctld decides by no model'
	has "this cluster's is not known yet"
	sed "s/^model:.*/&\nmodel_sha256: ${sha^^}/" "$etc/scale.yaml" >"$tmp/pinned.yaml"
	chmod 644 "$tmp/pinned.yaml"
	doctor 0 'ok       model_sha256' --conf "$tmp/pinned.yaml"
	trained_on '[]'
	broken 'trained_on is not what scale-train writes'
	yaml <"$tmp/pinned.yaml"
	broken "but model_sha256 is ${sha^^}"
	yaml <"$tmp/before.yaml"
	trained_on '[{"nodes":[4,16],"mix":[1,1],"gflops":[5,10],"mem_gb":[16,80]}]'
fi

# the real Slurm, when there is one
real=$(PATH=$PATH:/usr/sbin command -v slurmctld)
if [ -n "$real" ]; then
	version=$("$real" -V | sed 's/.* //')
	mv "$bin/slurmctld" "$bin/other"
	IFS=. read -r major minor micro <<<"${version%%-*}"
	plugin $((10#$major * 65536 + 10#$minor * 256 + 10#$micro)) sched/scale
	doctor 0 "is for Slurm $version"
	has "$("$real" -V)"
	mv "$bin/other" "$bin/slurmctld"
fi

plugin 0x160509 sched/scale
broken 'is for Slurm 22.05.9, slurmctld is 22.05.8: it would not start' \
	'-> build the plugin against the running Slurm'
plugin 0x160508 sched/other
broken 'its plugin_type is not sched/scale'
echo 'int x;' >"$tmp/x.c"
${CC:-cc} -shared -fPIC -o "$plugins/sched_scale.so" "$tmp/x.c"
broken 'has no symbol plugin_version' '-> install the plugin again'
plugin 0x160508 sched/scale
cp "$plugins/sched_scale.so" "$tmp/whole.so"
size=$(stat -c %s "$tmp/whole.so")
for cut in 0 3 40 64 200 $((size / 2)); do
	head -c "$cut" "$tmp/whole.so" >"$plugins/sched_scale.so"
	broken "$plugins/sched_scale.so"
done
rm "$plugins/sched_scale.so"
broken 'no sched_scale.so in /nowhere' 'slurmctld will not start'
plugin 0x160508 sched/scale
chmod 775 "$plugins/sched_scale.so"
broken 'others than its owner can write it' \
	"chmod go-w $plugins/sched_scale.so"
chmod 755 "$plugins/sched_scale.so"

echo 'SchedulerType=sched/backfill' >"$etc/more.conf"
echo "PluginDir=$plugins" >>"$etc/more.conf"
doctor 0 'SchedulerType is sched/backfill: SCALE is not in use'
has 'set SchedulerType=sched/scale in slurm.conf and restart'
good_conf
sed -i 's/,defer,/,deferred,/' "$etc/slurm.conf"
doctor 0 'without defer Slurm starts the first primitives'
good_conf
sed -i 's/^SlurmUser.*/SlurmUser=no_such_user/' "$etc/slurm.conf"
broken 'there is no user no_such_user'
good_conf
echo 'Include slurm.conf' >"$etc/more.conf"
broken 'Include is nested too deep'
rm "$etc/more.conf"
broken 'more.conf: cannot open'
good_conf
script scontrol <<<'#!/bin/sh
exit 1'
doctor 0 'the nodes are not known'
script slurmctld <<<'#!/bin/sh
echo "no number here"'
doctor 0 'no version in it'
script slurmctld <<<'#!/bin/sh
echo "slurm-wlm 22.05.8"'

cp "$etc/scale.yaml" "$tmp/good.yaml"
chmod 666 "$etc/scale.yaml"
broken 'scale.yaml: others than its owner can write it'
yaml <<<'modle: x'
broken 'scale.yaml:1:1: '
rm "$etc/scale.yaml"
broken 'scale.yaml: cannot open'
yaml <"$tmp/good.yaml"
chmod 664 "$etc/m.safetensors"
broken 'm.safetensors: others than its owner can write it'
head -c 100 "$etc/m.safetensors" >"$etc/cut"
mv "$etc/cut" "$etc/m.safetensors"
broken "$etc/m.safetensors: " '-> name a good file in scale.yaml'
yaml <<<'policy: no-such-rule'
broken 'no-such-rule'
yaml <<<'policy: eft'
doctor 0 'policy eft'

# --- report, counterfactual: ten workflows of two, each alone on a node of 10
# and one of 5 GFLOPS.  a runs 4 s on the slow one, b 2 or 4 s; both start 2 s
# after they are ready, so they end 6 and 10 or 12 s after the arrival.  At
# once and on the fast node a takes 2 s, b 1 or 2 s.
script scontrol <<'END'
#!/bin/sh
[ "$2" = hostnames ] && printf 'fast\nother\n' && exit 0
echo "NodeName=slow CPUTot=5 AvailableFeatures=(null) RealMemory=16384"
echo "NodeName=fast CPUTot=5 AvailableFeatures=(null) RealMemory=16384"
END
cat >"$tmp/sim.yaml" <<'END'
policy: fastest-idle
nodes: [{ match: fast, gflops: 10 }]
gflops_per_cpu: 1
time_scale: 1
END
estimate() {
	PATH=$bin:$PATH run "$1" "$2" report --log "$tmp/$3" \
		--conf "$tmp/sim.yaml" "${@:4}"
}
# seen ID SUBMIT PARENTS COUNT
seen() {
	cat <<END
{"v":1,"type":"seen","time":$2,"job":$1,"uid":1,"wf":"$wf","submit":$2,"count":$4,"gflop":1,"out_gb":1,"mem_gb":4,"parents":[$3]}
END
}
# ran ID ARRAY READY START END NODE: its decision was shadow, for a free node
ran() {
	local job='"job":'$1',"uid":1,"wf":"'$wf'"'
	[ -z "$2" ] || job="$job,$2"
	cat <<END
{"v":1,"type":"decision","time":$3,$job,"mode":"shadow","policy":"model","outcome":"shadow","us":1,"node":"fast","candidates":[{"node":"fast","wait_s":0}]}
{"v":1,"type":"start","time":$4,$job,"node":"$6","ready":$3,"room":$3}
{"v":1,"type":"end","time":$5,$job,"node":"$6","state":"COMPLETED","elapsed_s":$(($5 - $4))}
END
}
pairs() {
	local k t
	for ((k = 0; k < $1; k++)); do
		wf=p-$k t=$((1000 * k))
		seen $((2 * k + 1)) $t '' 1
		seen $((2 * k + 2)) $t $((2 * k + 1)) 1
		ran $((2 * k + 1)) '' $t $((t + 2)) $((t + 6)) slow
		ran $((2 * k + 2)) '' $((t + 6)) $((t + 8)) \
			$((t + 10 + 2 * (k % 2))) slow
	done
}
# counterfactual EXPRESSION: is true of its part of the last JSON, as c
counterfactual() {
	json "(lambda c: $1)(d['counterfactual'])"
}
pairs 10 >"$tmp/pairs"
# none of these can be replayed: under way, on a node that is gone, failed
{
	wf=open
	seen 91 5 '' 1
	wf=gone
	seen 92 5 '' 1
	# its node was busy then: this wait is no delay of stock's
	ran 92 '' 5 105 109 gone | sed 's/"wait_s":0/"wait_s":99/'
	# the cluster was full until 2 s before its start
	wf=full
	seen 94 5 '' 1
	ran 94 '' 5 105 109 gone | sed 's/"room":5/"room":103/'
	wf=failed
	seen 93 5 '' 1
	ran 93 '' 5 7 9 fast | sed s/COMPLETED/FAILED/
} >>"$tmp/pairs"
estimate 0 'an estimate by the simulator, no measurement' pairs
has '10 complete workflows of 20 primitives on 2 nodes; 4 workflows left out'
has 'supposes    these workflows alone, no jobs of others'
grep -qE '^measured +8.5 s +11 s *$' "$tmp/out" || fail "$(cat "$tmp/out")"
grep -qE '^fastest-idle, hop +2.75 s +-5.75 \[' "$tmp/out" ||
	fail "$(cat "$tmp/out")"
# with time_scale the simulator's clock runs otherwise, nothing else
for scale in 1 10; do
	sed -i "s/^time_scale.*/time_scale: $scale/" "$tmp/sim.yaml"
	estimate 0 '' pairs --json
	counterfactual 'c["estimate"] is True and c["left_out"] == 4'
	counterfactual 'c["measured"] == {"primitive_response_s": 8.5, "workflow_response_s": 11}'
	counterfactual '[(s["policy"], s["order"], round(s["delay_s"], 6)) for s in c["scenarios"]] == [("fastest-idle", "hop", 0), ("fastest-idle", "fifo", 0), ("fastest-idle", "fifo", 2)]'
	counterfactual '[round(s["primitive_response_s"], 6) for s in c["scenarios"]] == [2.75, 2.75, 5.75]'
	counterfactual '[round(s["workflow_response_s"], 6) for s in c["scenarios"]] == [3.5, 3.5, 7.5]'
	# workflows gain 7 or 8 s: paired, an interval within these
	counterfactual '(lambda x: -8 < x["low"] < x["mean"] == -7.5 < x["high"] < -7)({k: round(v, 6) for k, v in c["scenarios"][0]["minus_measured"]["workflow_response_s"].items()})'
	# against the stand-in each of them gains the same
	counterfactual '{k: round(v, 6) for k, v in c["model_minus_stock"]["primitive_response_s"].items()} == {"mean": -3, "low": -3, "high": -3}'
	counterfactual 'round(c["model_minus_stock"]["workflow_response_s"]["mean"], 6) == -4'
done

# An array of two, another that waits for it task for task (the first starts
# at 2 s, the first array's second ends at 10 s), and what an engine submits
# 8 s after that has ended.  By hand: 2 and 10 s, 4 s, 11 s on the fast node,
# then 11 + 8 + 1 s.
arrays() {
	local k t id
	for ((k = 0; k < $1; k++)); do
		wf=a-$k t=$((1000 * k)) id=$((100 * k + 1))
		seen $id $t '' 2
		seen $((id + 10)) $t $id 2
		seen $((id + 20)) $((t + 20)) $((id + 10)) 1
		ran $id "\"array\":$id,\"index\":0" $t $t $((t + 2)) fast
		ran $((id + 1)) "\"array\":$id,\"index\":1" $t $t \
			$((t + 10)) slow
		ran $((id + 10)) "\"array\":$((id + 10)),\"index\":0" \
			$((t + 2)) $((t + 2)) $((t + 4)) fast
		ran $((id + 11)) "\"array\":$((id + 10)),\"index\":1" \
			$((t + 10)) $((t + 10)) $((t + 12)) slow
		ran $((id + 20)) '' $((t + 20)) $((t + 20)) $((t + 21)) fast
	done
}
arrays 10 >"$tmp/arrays"
estimate 0 '' arrays --json
counterfactual 'c["primitives"] == 50 and c["left_out"] == 0'
counterfactual 'c["measured"] == {"primitive_response_s": 9.8, "workflow_response_s": 21}'
counterfactual '[round(s["primitive_response_s"], 6) for s in c["scenarios"]] == [9.4, 9.4, 9.4]'
counterfactual '[round(s["workflow_response_s"], 6) for s in c["scenarios"]] == [20, 20, 20]'

# too little, and what is missing or wrong
pairs 9 >"$tmp/few"
estimate 0 'none        the log holds 9 complete workflows' few
has 'it takes 10'
estimate 0 '' few --json
counterfactual 'c["estimate"] is False and "9 complete" in c["reason"]'
estimate 3 "$tmp/none.safetensors: cannot open" pairs \
	--model "$tmp/none.safetensors"
estimate 3 "$tmp/sim.yaml: " pairs --model "$tmp/sim.yaml"
run 2 'status does not take --model' status --model x
if [ -f "$builddir/model/scale-model" ]; then
	"$builddir/model/scale-model" init -o "$tmp/sim.safetensors"
	estimate 0 '' pairs --json --model "$tmp/sim.safetensors"
	counterfactual 'c["scenarios"][0]["policy"].startswith("model ")'
	counterfactual '2.75 <= c["scenarios"][0]["primitive_response_s"] <= 8'
fi
echo 'modle: x' >>"$tmp/sim.yaml"
estimate 0 "none        $tmp/sim.yaml:5:1: " pairs
script scontrol <<<'#!/bin/sh
exit 1'
sed -i '$d' "$tmp/sim.yaml"
estimate 0 'none        scontrol' pairs

finish
