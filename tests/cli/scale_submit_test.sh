#!/bin/bash
# scale_submit_test.sh - scale-submit against commands that only pretend to be
# Slurm's: what is submitted, and what happens when a submission fails
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

scale_submit=$builddir/workflow/scale-submit
examples=${top_srcdir:-.}/etc/workflows
export FAKE=$tmp

# sbatch notes its words, script and environment, hands out 101, 102, ... and
# fails for the job whose name ends in $FAIL_AT.
mkdir "$tmp/bin"
cat >"$tmp/bin/sbatch" <<'END'
#!/bin/bash
id=$(($(cat "$FAKE/last" 2>/dev/null || echo 100) + 1))
printf '%s\n' "$@" >"$FAKE/args.$id"
cat >"$FAKE/script.$id"
env >"$FAKE/env.$id"
for word; do
	case $word in
	--job-name=*"${FAIL_AT:-none}")
		echo "sbatch: error: Batch job submission failed: no" >&2
		exit 1 ;;
	--job-name=*"${SIGNAL_AT:-none}") kill -INT "$PPID" ;;
	esac
done
echo "$id" >"$FAKE/last"
echo "${SAY-$id}"
END
cat >"$tmp/bin/scancel" <<'END'
#!/bin/bash
echo "$@" >>"$FAKE/cancelled"
exit "${CANCEL_STATUS:-0}"
END
# squeue shows queue.1, queue.2, ... one after the other, the last for ever
cat >"$tmp/bin/squeue" <<'END'
#!/bin/bash
n=$(($(cat "$FAKE/asked" 2>/dev/null || echo 0) + 1))
echo "$n" >"$FAKE/asked"
while [ ! -e "$FAKE/queue.$n" ] && [ "$n" -gt 0 ]; do n=$((n - 1)); done
[ "$n" -eq 0 ] || cat "$FAKE/queue.$n"
[ -z "$QUEUE_DOWN" ] || exit 1
END
chmod +x "$tmp"/bin/*
export PATH=$tmp/bin:$PATH

fresh() {
	rm -f "$tmp"/{last,cancelled,asked} "$tmp"/{args,script,env,queue}.*
}

run() {
	expect "$1" "$2" "$scale_submit" "${@:3}"
}

# has FILE LINE: the whole line
has() {
	grep -qxF -e "$2" "$tmp/$1" ||
		fail "no line '$2' in $1: $(head -c 600 "$tmp/$1")"
}

none_submitted() {
	[ ! -e "$tmp/last" ] || fail "$1: something was submitted"
}

cat >"$tmp/w.yaml" <<'END'
name: w
defaults: {mem_gb: 1.5, options: {time: 5}}
tasks:
  - {id: a, command: echo a, gflop: 2, out_gb: 1}
  - {id: b, needs: [a], command: echo b, gflop: 3}
  - {id: c, needs: [a], command: echo c, gflop: 4}
  - {id: d, needs: [b, c], script: d.sh}
END
printf '#!/bin/sh\n' >"$tmp/d.sh"

# --- options and usage
run 0 'scale-submit (scale) ' --version
run 0 'scale-submit [OPTION...] WORKFLOW' --help
run 2 'a workflow file is missing'
run 2 'one workflow at a time' a b
run 2 "unrecognized option" --bogus a
run 2 'not a number from 1 to 1000' --max-visits 0 a
run 2 'must be detach or cancel' --on-interrupt=die a
run 2 'name a b may hold' --name 'a b' x
run 2 'a workflow file is missing' add w
run 2 'sbatch option --array=1 is set by scale-submit' a -- --array=1
run 2 'sbatch option -d is set by scale-submit' a -- -d 3
run 3 'no.yaml: cannot open' "$tmp/no.yaml"
none_submitted usage

# --- a file that is wrong submits nothing
printf 'tasks:\n- {id: a, command: c, needs: [b]}\n' >"$tmp/bad.yaml"
run 3 'bad.yaml:2:31: task "a" needs "b"' "$tmp/bad.yaml"
none_submitted 'a missing parent'

# --- a dry run submits nothing and shows all
run 0 '--dependency=afterok:<a>' -n --name x "$tmp/w.yaml"
grep -q "^sbatch --parsable --job-name=x/a --mem=1536M --time=5" \
	"$tmp/out" || fail 'dry run lacks a command'
run 0 '"--dependency=afterok:<b+1>"' --dry-run --json --name x "$tmp/w.yaml"
none_submitted 'a dry run'

# --- what sbatch is given
fresh
run 0 'c 102_1' --name x "$tmp/w.yaml" -- -p debug --time=9
printf 'x\na 101\nb 102_0\nc 102_1\nd 103\n' >"$tmp/want"
same "$tmp/out" "$tmp/want"
has args.101 --parsable
has args.101 --job-name=x/a
has args.101 --mem=1536M
has args.101 '--comment=scale:wf=x,task=a,gflop=2,out_gb=1,hops=2'
grep -q dependency "$tmp/args.101" && fail 'a root has a dependency'
has args.102 --dependency=afterok:101
has args.102 --array=0-1
has args.102 --kill-on-invalid-dep=yes
has args.102 '--comment=scale:wf=x,task=b+1,gflop=3|4,hops=1,tasks=b|c'
has args.103 --dependency=afterok:102
has args.103 "$tmp/d.sh"
[ -s "$tmp/script.103" ] && fail 'a script of the user came on standard input'
# the command line comes after the file, and what makes the workflow last
[ "$(sed -n '/^--time\|^-p\|^debug\|^--comment/s/=.*//p; /^debug/p' \
	"$tmp/args.101" | paste -sd' ')" = '--time debug --time --comment' ] ||
	fail "order of options: $(paste -sd' ' "$tmp/args.101")"
[ "$(SLURM_ARRAY_TASK_ID=1 sh "$tmp/script.102")" = c ] ||
	fail 'the script of the array does not run'

# --- a job's own description does not reach the jobs it submits
fresh
SLURM_JOB_ID=7 SLURM_MEM_PER_NODE=1 SLURM_CONF=/c SBATCH_ACCOUNT=me \
	run 0 '' "$tmp/w.yaml"
has env.101 SLURM_CONF=/c
has env.101 SBATCH_ACCOUNT=me
grep -q '^SLURM_JOB_ID\|^SLURM_MEM' "$tmp/env.101" && fail 'SLURM_JOB_ID leaks'

# --- two runs of one file are two workflows
name=$(head -n 1 "$tmp/out")
[[ $name =~ ^w\.[a-z2-7]{6}$ ]] || fail "odd name $name"
run 0 '' "$tmp/w.yaml"
[ "$name" != "$(head -n 1 "$tmp/out")" ] || fail 'the same name twice'

# --- a failure half-way takes back what was submitted
fresh
FAIL_AT=/d run 1 'submission failed: no; cancelled the 2 jobs' "$tmp/w.yaml"
has cancelled '101 102'
fresh
FAIL_AT=/a run 1 'nothing was submitted' "$tmp/w.yaml"
[ ! -e "$tmp/cancelled" ] || fail 'cancelled nothing'
fresh
FAIL_AT=/d CANCEL_STATUS=1 run 1 'these jobs are left: scancel 101 102' \
	"$tmp/w.yaml"
fresh
SAY='not a number' run 1 'sbatch printed no job id' "$tmp/w.yaml"
fresh
SIGNAL_AT=/b+1 run 130 'interrupted; cancelled the 2 jobs' "$tmp/w.yaml"
has cancelled '101 102'
fresh
rm "$tmp/d.sh"
sed 's/script: d.sh/script: d.sh, retries: 1/' "$tmp/w.yaml" >"$tmp/r.yaml"
run 1 'd.sh: cannot open' "$tmp/r.yaml"
has cancelled '101 102'
expect 1 'cannot run sbatch: No such file' env PATH=/nowhere "$scale_submit" \
	"$examples/debate.yaml"

# --- waiting
fresh
wait_run() {
	run "$1" "$2" --wait --poll 0.1 --name x "${@:3}" "$tmp/w.yaml"
}
cat >"$tmp/queue.2" <<'END'
101|N/A|RUNNING|None|n1|c
102|0|PENDING|Dependency||c
102|1|PENDING|Dependency||c
103|N/A|PENDING|Dependency||c
END
sed 's/RUNNING/COMPLETED/; s/PENDING|Dependency|/COMPLETED|None|n2/' \
	"$tmp/queue.2" >"$tmp/queue.3"
: >"$tmp/queue.1" # --name asks first
wait_run 0 'd 103'
has err 'a RUNNING n1'
has err 'c COMPLETED n2'
fresh
sed 's/RUNNING/FAILED/; s/PENDING|Dependency/CANCELLED|None/' \
	>"$tmp/queue.2" <<'END'
101|N/A|RUNNING|None|n1|c
102|0|PENDING|Dependency||c
102|1|PENDING|Dependency||c
103|N/A|PENDING|Dependency||c
END
: >"$tmp/queue.1"
"$scale_submit" --wait --poll 0.1 --name x --json "$tmp/w.yaml" \
	>"$tmp/out" 2>"$tmp/err"
[ $? -eq 1 ] || fail 'a failed task, and status not 1'
has err 'scale-submit: a: FAILED'
grep -q '"CANCELLED"' "$tmp/out" || fail 'JSON lacks the states'

# interrupted <option> <signal> <status>: at the first look
interrupted() {
	fresh
	: >"$tmp/queue.1"
	: >"$tmp/err"	# the last run's would tell us to kill too early
	printf '101|N/A|RUNNING|None|n1|c\n' >"$tmp/queue.2"
	"$scale_submit" --wait --poll 0.1 --name x "$1" "$tmp/w.yaml" \
		>/dev/null 2>"$tmp/err" &
	for ((i = 0; i < 600; i++)); do
		grep -q RUNNING "$tmp/err" && break
		sleep 0.1
	done
	kill "-$2" $!
	wait $!
	[ $? -eq "$3" ] || fail "$1 $2: status not $3"
}
interrupted --on-interrupt=detach TERM 143
has err 'scale-submit: detached; the workflow x goes on'
[ ! -e "$tmp/cancelled" ] || fail 'detached, yet cancelled'
interrupted --on-interrupt=cancel TERM 143
has cancelled '101 102 103'

# --- names under way, and adding to them
fresh
cat >"$tmp/queue.1" <<'END'
5|N/A|COMPLETED|None|n1|scale:wf=x,task=a,gflop=2
6|0|RUNNING|None|n1|scale:wf=x,task=b+1,tasks=b|c
6|1|RUNNING|None|n1|scale:wf=x,task=b+1,tasks=b|c
7|N/A|FAILED|None|n1|scale:wf=x,task=e
8|0|RUNNING|None|n1|scale:wf=x,task=m
8|1|RUNNING|None|n1|scale:wf=x,task=m
9|N/A|RUNNING|None|n1|scale:wf=y,task=z
10|N/A|RUNNING|None|n1|(null)
END
run 3 'a workflow "x" is under way' --name x "$tmp/w.yaml"
run 3 'knows no task of a workflow "q"' add q "$tmp/w.yaml"
run 3 'w.yaml:4:5: the workflow has a task "a" already' add x "$tmp/w.yaml"
add() {
	echo "$3" >"$tmp/add.yaml"
	run "$1" "$2" add x "$tmp/add.yaml"
}
add 3 'add.yaml:1:29: task "n" needs "z"' '{id: n, command: c, needs: [z]}'
add 3 'needs "e", which failed' '{id: n, command: c, needs: [e]}'
add 3 'width 3 and "m" has 2' \
	'{id: n, command: c, needs_each: [m], width: 3}'
none_submitted 'a wrong addition'
add 0 'n 101' '{id: n, command: c, needs: [a, c, m]}'
has args.101 --dependency=afterok:5,afterok:6_1,afterok:8
has args.101 '--comment=scale:wf=x,task=n,hops=0'
add 0 'n 102' '{id: n, command: c, needs_each: [m], width: 2}'
has args.102 --dependency=aftercorr:8
QUEUE_DOWN=1 add 1 'squeue failed with status 1' '{id: n, command: c}'

# --- other formats
fresh
cat >"$tmp/graph.json" <<'END'
{"nodes": [{"id": "__start__"}, {"id": "a"}, {"id": "__end__"}],
 "edges": [{"source": "a", "target": "a", "conditional": true}]}
END
run 0 'a.2 102' --max-visits 2 --command true "$tmp/graph.json"
has err 'scale-submit: note: cycle of a: unrolled to 2 visits of each (--max-visits)'
grep -q 'conditional edges (a -> a): every branch' "$tmp/err" ||
	fail 'conditional edges are not mentioned'
run 0 'a.1' -q --command true "$tmp/graph.json"
[ ! -s "$tmp/err" ] || fail '--quiet is not'
finish
