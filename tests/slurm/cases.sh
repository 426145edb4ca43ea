# shellcheck shell=bash disable=SC2154 # run-tests sets dir, here, case
# cases.sh - the end-to-end cases; sourced by run-tests, which runs each
# function case_NAME in a subshell with set -e.  lib.sh has their vocabulary.
# SPDX-License-Identifier: GPL-2.0-or-later

case_chain()
{
	local i id last='' ids=() tasks=()

	for i in 1 2 3 4 5 6 7 8 9 10; do
		id=$(job "t$i" ${last:+--dependency=afterok:$last} -- --seconds 1)
		ids+=("$id")
		tasks+=("t$i")
		last=$id
	done
	ends_as COMPLETED "${ids[@]}"
	once "${tasks[@]}"
	in_order "${tasks[@]}"
}

case_fan_out_fan_in()
{
	local plan tool join i

	plan=$(job plan)
	tool=$(job tool --array=1-6 --dependency="afterok:$plan")
	join=$(job join --dependency="afterok:$tool")
	ends_as COMPLETED "$plan" "$tool" "$join"
	once plan tool_{1..6} join
	for i in 1 2 3 4 5 6; do
		in_order plan "tool_$i" join
	done
}

# Task i of b waits for task i of a alone; one of a fails.
case_aftercorr()
{
	local a b i

	a=$(sbatch --parsable --array=1-4 --job-name="$case/a" --mem=1G \
		--comment="scale:wf=$case,task=a,gflop=10" --chdir="$dir" \
		--output=/dev/null --wrap "
			$here/scale-primitive --seconds \$SLURM_ARRAY_TASK_ID
			[ \$SLURM_ARRAY_TASK_ID -ne 3 ]")
	b=$(job b --array=1-4 --dependency="aftercorr:$a")
	await 60 "b_3 never satisfied" has_reason DependencyNeverSatisfied \
		"${b}_3"
	for i in 1 2 4; do
		ends_as COMPLETED "${a}_$i" "${b}_$i"
		once "a_$i" "b_$i"
		in_order "a_$i" "b_$i"
	done
	ends_as FAILED "${a}_3"
	is PENDING "${b}_3"
	never b_3
	[ "$(moment start b_1)" -lt "$(moment end a_4)" ] ||
		fail "b_1 waited for the whole array"
}

# More than any node has is refused; more than any node has now waits, and
# does not hold up others.
case_memory()
{
	local node small big

	! job huge --mem=200G >/dev/null 2>&1 || fail "200 GB were accepted"
	for node in $(nodes_of_tier large); do
		drain "$node"
	done
	big=$(job big --mem=70G)
	small=$(job small)
	small="$small $(job next --dependency="afterok:$small")"
	# shellcheck disable=SC2086 # two ids
	ends_as COMPLETED $small
	is PENDING "$big" || fail "70 GB run on $(node_of big)"
	for node in $(nodes_of_tier large); do
		resume "$node"
	done
	ends_as COMPLETED "$big"
	once big small next
	nodes_of_tier large | grep -qx "$(node_of big)" ||
		fail "70 GB ran on $(node_of big)"
}

case_cancel_middle()
{
	local a b c d e

	a=$(job a)
	b=$(job b --dependency="afterok:$a" -- --seconds 100)
	c=$(job c --dependency="afterok:$b")
	d=$(job d --dependency="afterany:$b")
	e=$(job e --dependency="afterok:$d")
	await 30 "b starts" started b
	scancel "$b"
	ends_as CANCELLED "$b"
	await 30 "c never satisfied" has_reason DependencyNeverSatisfied "$c"
	ends_as COMPLETED "$a" "$d" "$e"
	once a d e
	in_order a d e
	never c
}

# Two primitives that wait for a large node see one drained: both take the
# other, and what runs on the drained node ends in peace.
case_drain()
{
	local a b c d node

	a=$(plain a --mem=70G -- --seconds 4)
	b=$(plain b --mem=70G -- --seconds 4)
	await 30 "a starts" started a
	await 30 "b starts" started b
	c=$(job c --mem=70G)
	d=$(job d --mem=70G)
	sleep 0.5
	is PENDING "$c"
	is PENDING "$d"
	node=$(node_of a)
	drain "$node"
	ends_as COMPLETED "$a" "$b" "$c" "$d"
	once a b c d
	[ "$(node_of c) $(node_of d)" = "$(node_of b) $(node_of b)" ] ||
		fail "c and d ran on $(node_of c) and $(node_of d)"
	await 10 "$node is drained" node_is drained "$node"
	resume "$node"
}

# Whoever is not ours is scheduled by Slurm: in order, and behind a wide job
# that waits by backfill.
case_plain_jobs()
{
	local i id last='' ids=() fill wide little

	for i in 1 2 3 4; do
		id=$(job "t$i" ${last:+--dependency=afterok:$last})
		last=$id
		ids+=("$id" "$(plain "p$i")")
	done
	ends_as COMPLETED "${ids[@]}"
	once t{1..4} p{1..4}
	if [ "$scheduler" = scale ]; then
		log_has "scale: JobId=.* wf=$case task=t4 " ||
			fail "a workflow was left to Slurm"
	fi
	if log_has "scale: JobId=.* task=p[1-4] "; then
		fail "the plugin placed a plain job"
	fi
	fill=$(plain fill --array=1-15 --time=10 -- --seconds 100)
	await 30 "fill starts" is RUNNING "$fill"
	wide=$(plain wide --nodes=16 --time=1)
	little=$(plain little --time=1)
	ends_as COMPLETED "$little"
	is PENDING "$wide" || fail "a job of 16 nodes ran on one"
	scontrol show job "$little" | grep -q "Scheduler=Backfill" ||
		fail "job $little was not started by backfill"
	scancel "$fill" "$wide"
}

# A workflow across an end of slurmctld; $1 is how it ends.  Its state has
# been saved before, for Slurm itself loses what it has not saved.
across_restart()
{
	local i id last='' ids=() tasks=()

	id=$(job t1 -- --seconds 8)
	ids=("$id") tasks=(t1)
	for i in 2 3 4; do
		last=$id
		id=$(job "t$i" --dependency="afterok:$last")
		ids+=("$id") tasks+=("t$i")
	done
	id=$(job fan --array=1-4 --dependency="afterok:$id")
	ids+=("$id") tasks+=(fan_{1..4})
	await 30 "t1 starts" started t1
	sleep 1.1
	touch "$dir/begun"
	# any submission makes slurmctld save its jobs within seconds
	ids+=("$(job late --dependency="afterok:$id")") tasks+=(late)
	await 20 "state is saved" state_saved
	case $1 in
	reconfigure) scontrol reconfigure ;;
	restart) "$here/private-cluster" slurmctld restart "$dir" ;;
	kill)
		"$here/private-cluster" slurmctld kill "$dir"
		"$here/private-cluster" slurmctld start "$dir" ;;
	esac
	ends_as COMPLETED "${ids[@]}"
	once "${tasks[@]}"
	in_order t1 t2 t3 t4 fan_1
	in_order fan_4 late
}

state_saved()
{
	[ "$dir/state/job_state" -nt "$dir/begun" ]
}

case_restart()
{
	across_restart restart
}

case_kill()
{
	across_restart kill
}

# From 23.11 slurmctld starts itself anew to reconfigure.
case_reconfigure()
{
	across_restart reconfigure
}

# Two chained jobs and a plain one, and they end well.
short_workflow()
{
	local a b p

	a=$(job "$1a")
	b=$(job "$1b" --dependency="afterok:$a")
	p=$(plain "$1p")
	ends_as COMPLETED "$a" "$b" "$p"
	once "$1"{a,b,p}
	in_order "$1a" "$1b"
}

sha_of()
{
	sha256sum "$1" | cut -c1-12
}

# Another model of the same form: the lowest byte of the last weight changes.
other_model()
{
	local size byte

	size=$(stat -c %s "$1")
	cp "$1" "$2"
	byte=$(od -An -tu1 -j $((size - 4)) -N 1 "$1")
	# shellcheck disable=SC2059 # the format is the byte
	printf "$(printf '\\%03o' $((byte ^ 1)))" |
		dd of="$2" bs=1 seek=$((size - 4)) conv=notrunc status=none
}

need_scale()
{
	[ "$scheduler" = scale ] || exit 77
}

case_new_model()
{
	local model=$dir/model.safetensors sha last

	need_scale
	last=$(job before -- --seconds 3)
	last=$(job after --dependency="afterok:$last")
	await 30 "before starts" started before
	other_model "$model" "$model.new"
	sha=$(sha_of "$model.new")
	! log_has "$sha" || fail "hash $sha was logged before"
	mv "$model.new" "$model"
	scontrol reconfigure
	await 20 "new hash $sha in the log" log_has "$sha"
	short_workflow x
	ends_as COMPLETED "$last"
	once before after
}

# The loaded model serves on; a reconfigure says what is missing.
case_model_removed()
{
	local model=$dir/model.safetensors

	need_scale
	mv "$model" "$model.away"
	short_workflow x
	scontrol reconfigure
	await 20 "the log names $model" log_has -F "$model"
	log_has "previous configuration stays" || fail "stock scheduling"
	short_workflow y
	mv "$model.away" "$model"
	mark
	scontrol reconfigure
	await 20 "the model is back" log_has "$(sha_of "$model")"
	short_workflow z
}

# slurmctld with bad files runs as stock Slurm and says so.  $1: what the log
# must hold.
runs_stock()
{
	mark
	"$here/private-cluster" slurmctld restart "$dir"
	await 20 "the log says $1" log_has -E "sched/scale: .*$1"
	await 20 "the log says that stock scheduling goes on" \
		log_has -i "sched/scale: .*stock"
	short_workflow "$2"
	if log_has "scale: JobId=.* wf=$case "; then
		fail "a job was placed without a model"
	fi
}

case_bad_model()
{
	local model=$dir/model.safetensors

	need_scale
	cp "$model" "$dir/good"
	trap 'mv "$dir/good" "$dir/model.safetensors"' EXIT	# those after it need it
	truncate -s -5 "$model"
	runs_stock "model.safetensors" x
	head -c 4096 /dev/urandom >"$model"
	runs_stock "model.safetensors" y
	cp "$dir/good" "$model"
	mark
	scontrol reconfigure
	await 20 "the good model is loaded" log_has "$(sha_of "$model")"
	short_workflow z
}

case_bad_scale_yaml()
{
	local yaml=$dir/scale.yaml line

	need_scale
	cp "$yaml" "$dir/good"
	trap 'mv "$dir/good" "$dir/scale.yaml"' EXIT	# those after it need it
	echo "modle: /nowhere" >>"$yaml"
	line=$(wc -l <"$yaml")
	runs_stock "scale.yaml:$line.*modle" x
	rm "$yaml"
	runs_stock "scale.yaml" y
	cp "$dir/good" "$yaml"
	mark
	"$here/private-cluster" slurmctld restart "$dir"
	await 20 "the model is loaded" \
		log_has "$(sha_of "$dir/model.safetensors")"
	short_workflow z
}
