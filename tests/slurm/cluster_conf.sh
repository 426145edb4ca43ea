# shellcheck shell=bash disable=SC2154 # private-cluster sets what it reads
# cluster_conf.sh - nodes, slurm.conf and scale.yaml of a private cluster;
# sourced by private-cluster.
# SPDX-License-Identifier: GPL-2.0-or-later

# How the three tiers of the paper are emulated: name GFLOPS GB idle W busy W
# Weight.  Slurm takes low weights first, hence stock Slurm, too, takes the
# fast nodes first.
tiers()
{
	cat <<END
small 5 16 50 100 3
medium 10 32 100 200 2
large 20 80 200 400 1
END
}

# How many of NODES nodes belong to tier $1.
tier_size()
{
	local small=$(((nodes * 4 + 8) / 16)) large=$(((nodes * 2 + 8) / 16))

	case $1 in
	small) echo "$small" ;;
	large) echo "$large" ;;
	medium) echo $((nodes - small - large)) ;;
	esac
}

# One line per node: name tier GFLOPS GB idle busy weight.
node_table()
{
	local tier gflops gb idle busy weight i n=0

	while read -r tier gflops gb idle busy weight; do
		for ((i = $(tier_size "$tier"); i > 0; i--)); do
			n=$((n + 1))
			echo "n$n $tier $gflops $gb $idle $busy $weight"
		done
	done < <(tiers)
}

# The directory with Slurm's own plugins.
system_plugindir()
{
	local dir

	for dir in ${SLURM_PLUGINDIR:-} /usr/lib/*/slurm-wlm /usr/lib/*/slurm \
		   /usr/lib64/slurm /usr/lib/slurm /usr/local/lib/slurm; do
		if [ -e "$dir/sched_backfill.so" ]; then
			echo "$dir"
			return
		fi
	done
	die "no sched_backfill.so found; set SLURM_PLUGINDIR"
}

# IN $1 port of slurmctld, followed by those of the nodes
write_slurm_conf()
{
	local host user port=$1 scheduler_type params plugindir line
	local name tier gflops gb idle busy weight

	host=$(hostname -s)
	user=$(id -un)
	plugindir=$(system_plugindir) || exit 1
	# The scheduling intervals that make stock Slurm react fastest.
	params=bf_interval=1,bf_continue,sched_min_interval=0,batch_sched_delay=0
	case $scheduler in
	stock)
		scheduler_type=sched/backfill
		params=
		;;
	tuned)
		scheduler_type=sched/backfill
		;;
	scale)
		scheduler_type=sched/scale
		# defer: no start at submission, before the plugin has seen it
		params=defer,$params
		plugindir=$build/plugin/.libs:$plugindir
		;;
	esac
	{
		cat <<END
ClusterName=scale
SlurmctldHost=$host(127.0.0.1)
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$dir/run/munge
CredType=cred/munge
SlurmctldPort=$port
SlurmctldPidFile=$dir/run/slurmctld.pid
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmctldDebug=info
SlurmdPidFile=$dir/run/slurmd-%n.pid
SlurmdLogFile=$dir/log/slurmd-%n.log
SlurmdDebug=info
SlurmdSpoolDir=$dir/spool/%n
SlurmdParameters=config_overrides
StateSaveLocation=$dir/state
PluginDir=$plugindir
MailProg=/bin/true
SchedulerType=$scheduler_type
SchedulerParameters=$params
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$dir/jobcomp.txt
PropagateResourceLimits=NONE
ReturnToService=2
KillWait=2
SlurmctldTimeout=30
SlurmdTimeout=60
END
		printf '%s\n' ${conf[@]+"${conf[@]}"}
	} | awk -F= '$2 != "" && !($1 in line) { key[++n] = $1 }
		     $2 != "" { line[$1] = $0 }
		     END { for (i = 1; i <= n; i++) print line[key[i]] }'
	while read -r name tier gflops gb idle busy weight; do
		port=$((port + 1))
		line="NodeName=$name NodeHostname=$host NodeAddr=127.0.0.1"
		line+=" Port=$port CPUs=$cpus CoresPerSocket=$cpus"
		line+=" RealMemory=$((gb * 1024)) Feature=$tier Weight=$weight"
		echo "$line State=UNKNOWN"
	done <"$dir/nodes"
	echo "PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP"
}

write_scale_yaml()
{
	local tier gflops gb idle busy weight

	cat <<END
# Written by $me for sched/scale.
model: $dir/model.safetensors
policy: $policy
nodes:
END
	while read -r tier gflops gb idle busy weight; do
		cat <<END
  - feature: $tier
    gflops: $gflops
    idle_w: $idle
    busy_w: $busy
END
	done < <(tiers)
	cat <<END
bandwidth_gb_s: 10
latency_s: 0.01
time_scale: $time_scale
END
}
