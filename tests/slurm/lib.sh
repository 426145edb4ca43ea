# shellcheck shell=bash disable=SC2154 # run-tests sets dir, here, case
# lib.sh - what the end-to-end cases are written with.  Sourced by run-tests.
#
# A case runs in a subshell with "set -e"; $case is its name and the workflow
# of its jobs.  Every client command has a timeout, every wait a limit.
# SPDX-License-Identifier: GPL-2.0-or-later

for client in sbatch scancel scontrol sinfo squeue srun; do
	eval "$client() { timeout 60 $(type -P "$client" || echo false) \"\$@\"; }"
done

# End the case.
fail()
{
	echo "  $*"
	exit 1
}

# await SECONDS WHAT COMMAND...: until COMMAND succeeds; else the case fails.
await()
{
	local limit=$1 what=$2 end=$((SECONDS + $1))

	shift 2
	until "$@"; do
		[ $SECONDS -lt $end ] || fail "$what: not within $limit s"
		sleep 0.1
	done
}

# job TASK [SBATCH OPTION...] [-- PRIMITIVE OPTION...]: submit a primitive of
# the case's workflow; prints the job id.  Without -- it takes half a second.
job()
{
	local task=$1 note id options=()

	shift
	note=scale:wf=$case,task=$task,gflop=10,out_gb=0.1
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	[ $# -eq 0 ] || shift
	[ $# -gt 0 ] || set -- --seconds 0.5
	id=$(sbatch --parsable --job-name="$case/$task" --comment="$note" \
		--chdir="$dir" --output=/dev/null --mem=1G --time=10 \
		${options[@]+"${options[@]}"} "$here/scale-primitive" "$@") ||
		return
	echo "${id%%;*}"
}

# plain NAME [SBATCH OPTION...] -- PRIMITIVE OPTION...: the same without any
# annotation.
plain()
{
	local name=$1

	shift
	job "$name" --comment='' "$@"
}

# States of a job or of all tasks of an array, one word each.
states()
{
	squeue -h -r -t all -j "$1" -o %T
}

reason()
{
	squeue -h -r -t all -j "$1" -o %r
}

all_over()
{
	! states "$1" | grep -qvxE \
		'COMPLETED|FAILED|CANCELLED|TIMEOUT|NODE_FAIL|OUT_OF_MEMORY'
}

# is STATE JOB: all tasks of it
is()
{
	[ "$(states "$2" | sort -u)" = "$1" ]
}

has_reason()
{
	[ "$(reason "$2")" = "$1" ]
}

# ends_as STATE JOB...: wait until they are over, then compare.
ends_as()
{
	local state=$1 id got

	shift
	for id; do
		await 60 "job $id ends" all_over "$id"
		got=$(states "$id" | sort | uniq -c | awk '{ print $1, $2 }')
		is "$state" "$id" ||
			fail "job $id is $(paste -sd, <<<"$got"), not $state"
	done
}

# Records of scale-primitive: moment of an event of a task, in milliseconds.
moment()
{
	awk -v event="$1" -v task="$case/$2" \
		'$1 == event && $2 == task { print $5; exit }' "$dir/records"
}

node_of()
{
	awk -v task="$case/$1" \
		'$1 == "start" && $2 == task { print $4; exit }' "$dir/records"
}

started()
{
	[ "$(moment start "$1")" ]
}

ended()
{
	[ "$(moment end "$1")" ]
}

# once TASK...: started exactly once, and ended.
once()
{
	local task starts ends

	for task; do
		read -r starts ends < <(awk -v task="$case/$task" '
			$2 == task { n[$1]++ }
			END { print n["start"] + 0, n["end"] + 0 }' \
			"$dir/records")
		[ "$starts $ends" = "1 1" ] ||
			fail "$task started $starts times, ended $ends times"
	done
}

# most_at_once REGEX [NODE]: how many tasks whose name matches ran at the same
# time, on that node alone or in all.  A restart ends what went before it.
most_at_once()
{
	awk -v prefix="$case/" -v regex="^($1)\$" -v node="${2-}" '
		index($2, prefix) == 1 && (node == "" || $4 == node) {
			task = substr($2, length(prefix) + 1)
			if (task !~ regex)
				next
			if ($1 == "start") {
				n += !(task in runs)
				runs[task] = 1
			} else if (task in runs) {
				n--
				delete runs[task]
			}
			if (n > most)
				most = n
		}
		END { print most + 0 }' "$dir/records"
}

# at_most LIMIT REGEX [NODE]: and that many did.
at_most()
{
	local most

	most=$(most_at_once "${@:2}")
	[ "$most" -eq "$1" ] || fail "$2: $most at once, not $1"
}

# A job that Slurm has requeued is not eligible for some minutes, until its
# old credential has expired; make it so when slurmd takes a new one.
eligible_now()
{
	await 30 "job $1 is requeued" is PENDING "$1"
	sleep 2
	scontrol update jobid="$1" starttime=now
}

# on NODE... -- TASK...: each ran on one of the nodes.
on()
{
	local nodes=' ' task

	while [ "$1" != -- ]; do
		nodes+="$1 "
		shift
	done
	shift
	for task; do
		[[ $nodes == *" $(node_of "$task") "* ]] ||
			fail "$task ran on $(node_of "$task"), not on$nodes"
	done
}

# placed TASK...: the plugin started them; not asked of other schedulers.  Only
# for those that waited for others: a root may be met by backfill first.
placed()
{
	local task

	[ "$scheduler" = scale ] || return 0
	for task; do
		log_has "scale: JobId=.* wf=$case task=$task " ||
			fail "$task was not placed by the plugin"
	done
}

never()
{
	! started "$1" || fail "$1 ran"
}

# in_order TASK...: each starts after the one before it has ended.
in_order()
{
	local before=$1 task

	shift
	for task; do
		[ "$(moment start "$task")" -ge "$(moment end "$before")" ] ||
			fail "$task started before the end of $before"
		before=$task
	done
}

nodes_of_tier()
{
	awk -v tier="$1" '$2 == tier { print $1 }' "$dir/nodes"
}

node_state()
{
	sinfo -h -n "$1" -o %T
}

node_is()
{
	[[ $(node_state "$2") =~ ^$1 ]]
}

drain()
{
	scontrol update nodename="$1" state=drain reason="$case"
}

resume()
{
	scontrol update nodename="$1" state=resume
}

# slurm_since MAJOR MINOR: is the release this one or a later one?
slurm_since()
{
	local major minor

	IFS=. read -r major minor _ <<<"$(slurmctld -V | sed 's/.* //')"
	[ $((10#$major * 100 + 10#$minor)) -ge $(($1 * 100 + $2)) ]
}

# What slurmctld has logged since the case began, or since mark.
mark()
{
	log_from=$(wc -l <"$dir/log/slurmctld.log")
}

log_has()
{
	tail -n +$((log_from + 1)) "$dir/log/slurmctld.log" | grep -q "$@"
}

queue_empty()
{
	[ -z "$(squeue -h)" ]
}

# All that explains a failure.
dump()
{
	echo "--- jobs"
	squeue -r -t all -o '%.12i %.30j %.12T %.25r %N' | tail -n 40
	echo "--- nodes"
	sinfo -N -o '%N %T %E'
	echo "--- records"
	grep " $case/" "$dir/records" | tail -n 40
	echo "--- slurmctld.log"
	tail -n +$((log_from + 1)) "$dir/log/slurmctld.log" | tail -n 60
} 2>&1
