# shellcheck shell=bash disable=SC2154 # run-tests sets dir, build, case
# doctor_cases.sh - scale-ctl doctor on a real Slurm; sourced by run-tests like
# cases.sh
# SPDX-License-Identifier: GPL-2.0-or-later

# doctor STATUS [OPTION...]: scale-ctl doctor ends with it.
doctor()
{
	local want=$1 status=0

	shift
	"$build/plugin/scale-ctl" doctor "$@" >"$dir/$case/said" 2>&1 ||
		status=$?
	[ $status -eq "$want" ] ||
		fail "doctor $*: status $status: $(cat "$dir/$case/said")"
}

# says LEVEL CHECK WORDS: one of its findings.
says()
{
	grep -qE "^$1 +$2 +.*$3" "$dir/$case/said" ||
		fail "no $1 of $2 with $3: $(cat "$dir/$case/said")"
}

# The plugin, for the micro version after this one: the lowest byte of the
# number is changed where the file has it.
other_plugin()
{
	local so=$build/plugin/.libs/sched_scale.so value address offset at byte

	value=$(nm -D "$so" | awk '$3 == "plugin_version" { print $1 }')
	read -r address offset < <(readelf -SW "$so" |
		sed -n 's/.* \.rodata *PROGBITS *\([^ ]*\) \([^ ]*\).*/\1 \2/p')
	at=$((16#$value - 16#$address + 16#$offset))
	byte=$(od -An -tu1 -j $at -N 1 "$so")
	cp "$so" "$1"
	# shellcheck disable=SC2059 # the format is the byte
	printf "$(printf '\\%03o' $((byte + 1)))" |
		dd of="$1" bs=1 seek=$at conv=notrunc status=none
}

# conf_with SED STATUS: doctor with a slurm.conf changed by a sed script.
conf_with()
{
	sed "$1" "$dir/slurm.conf" >"$dir/$case/slurm.conf"
	doctor "$2" --slurm-conf "$dir/$case/slurm.conf" \
		--conf "$dir/scale.yaml"
}

case_doctor()
{
	local version model=$dir/model.safetensors

	need_scale
	mkdir -p "$dir/$case/plugins"
	version=$(slurmctld -V)
	doctor 0
	says ok scheduler SchedulerType=sched/scale
	says ok defer ''
	says ok slurmctld "\"$version\""
	says ok version "sched_scale.so is for Slurm ${version##* }"
	says ok model "$model, sha256 $(sha_of "$model")"
	says ok range '16 nodes of 5 to 20 GFLOPS; trained on'
	says ok loaded 'slurmctld decides by this model'
	says '(ok|note)' load 'trained under'
	says ok scale.yaml "policy model"
	! grep -qE '^(warning|fault)' "$dir/$case/said" ||
		fail "a good cluster: $(cat "$dir/$case/said")"

	conf_with 's,^\(SchedulerType\)=.*,\1=sched/backfill,' 0
	says warning scheduler 'SchedulerType is sched/backfill'
	conf_with 's/defer,//' 0
	says warning defer 'without defer'

	sed 's/gflops: 5$/gflops: 0.01/' "$dir/scale.yaml" \
		>"$dir/$case/scale.yaml"
	doctor 0 --conf "$dir/$case/scale.yaml"
	says warning range 'the nodes differ more.* 0.01 to 20 GFLOPS'

	# the file changed, and nobody told slurmctld
	cp "$model" "$dir/$case/model"
	"$build/model/scale-model" init --seed 7 -o "$model"
	doctor 0
	says warning loaded "but slurmctld decides by sha256 $(sha_of \
		"$dir/$case/model")"
	sed "s/^model:.*/&\nmodel_sha256: $(sha256sum "$dir/$case/model" |
		cut -d' ' -f1)/" "$dir/scale.yaml" >"$dir/$case/scale.yaml"
	doctor 4 --conf "$dir/$case/scale.yaml"
	says fault scale.yaml 'but model_sha256 is'
	cp "$dir/$case/model" "$model"

	other_plugin "$dir/$case/plugins/sched_scale.so"
	doctor 4 --plugin-dir "$dir/$case/plugins"
	says fault version "slurmctld is ${version##* }: it would not start"

	chmod 666 "$model"
	doctor 4
	says fault permission "$model: others than its owner can write"
	chmod 644 "$model"
	chmod 666 "$dir/scale.yaml"
	doctor 4
	says fault permission "scale.yaml: others than its owner can write"
	chmod 644 "$dir/scale.yaml"
	doctor 0
}
