/*
 * slurmctld_double.c - the part of slurmctld that the plugin's cycle meets
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdio.h>

#include "bench.h"
#include "slurmctld_double.h"

enum { FIRST_JOB = 1, CPUS = 16, MEM_MB = 65536 };

double_counts_t double_counts;

/* ------------------------------------------------- slurmctld's own globals */

uint16_t accounting_enforce;
void *acct_db_conn;
bitstr_t *avail_node_bitmap, *cg_node_bitmap, *idle_node_bitmap;
List job_list;
time_t last_job_update, last_part_update, last_resv_update;
diag_stats_t slurmctld_diag_stats;
slurmctld_config_t slurmctld_config;

static part_record_t part;
static job_record_t **job;	/* [count] by id from FIRST_JOB on */
static uint32_t count, size;
static struct { uint16_t cpus; uint64_t mem_mb; } *taken;	/* by node */

static config_record_t *class_record(const char *feature)
{
	config_record_t *config = create_config_record();

	config->cpus = CPUS;
	config->real_memory = MEM_MB;
	config->weight = 1;
	config->feature = xstrdup(feature);
	return config;
}

static void add_node(config_record_t *config, int i)
{
	node_record_t *node;
	char name[32];

	snprintf(name, sizeof(name), "n%d", i);
	node = create_node_record(config, name);
	node->node_state = NODE_STATE_IDLE;
	node->cpus = node->cpus_efctv = CPUS;
	node->real_memory = MEM_MB;
	node->tpc = 1;
	node->select_nodeinfo = (dynamic_plugin_data_t *) (size_t) i;
}

void double_create(int nodes)
{
	static const char *const feature[3] = { "small", "medium", "large" };
	config_record_t *config[3];

	slurm_conf.max_node_cnt = nodes;
	slurm_conf.select_type = xstrdup("select/cons_tres");
	init_node_conf();
	for (int i = 0; i < 3; i++)
		config[i] = class_record(feature[i]);
	for (int i = 0; i < nodes; i++)
		add_node(config[i % 16 < 4 ? 0 : i % 16 < 14 ? 1 : 2], i);
	avail_node_bitmap = bit_alloc(nodes);
	bit_set_all(avail_node_bitmap);
	cg_node_bitmap = bit_alloc(nodes);
	idle_node_bitmap = bit_copy(avail_node_bitmap);
	part.node_bitmap = bit_copy(avail_node_bitmap);
	part.name = xstrdup("batch");
	part.state_up = PARTITION_UP;
	part.priority_tier = 1;
	part.max_share = 0;		/* OverSubscribe=EXCLUSIVE */
	part.max_time = INFINITE;
	job_list = list_create(NULL);
	taken = xcalloc(nodes, sizeof(*taken));
}

static void free_job(job_record_t *record)
{
	FREE_NULL_BITMAP(record->node_bitmap);
	free_job_resources(&record->job_resrcs);
	xfree(record->nodes);
	xfree(record->comment);
	xfree(record->name);
	xfree(record->partition);
	xfree(record->details);
	xfree(record);
}

void double_reset(void)
{
	list_flush(job_list);
	for (uint32_t i = 0; i < count; i++)
		free_job(job[i]);
	count = 0;
	bit_set_all(idle_node_bitmap);
	for (int i = 0; i < node_record_count; i++) {
		node_record_table_ptr[i]->run_job_cnt = 0;
		taken[i].cpus = taken[i].mem_mb = 0;
	}
	last_node_update = last_job_update = time(NULL);
}

static job_record_t *new_job(const char *comment)
{
	job_record_t *record = xmalloc(sizeof(*record));

	record->magic = JOB_MAGIC;
	record->details = xmalloc(sizeof(*record->details));
	record->details->magic = DETAILS_MAGIC;
	record->details->min_nodes = record->details->min_cpus = 1;
	record->details->pn_min_cpus = 1;
	record->details->pn_min_memory = 1024;
	record->details->submit_time = time(NULL) - 1;
	record->details->begin_time = record->details->submit_time;
	record->details->share_res = 1;
	record->job_id = FIRST_JOB + count;
	record->array_task_id = NO_VAL;
	record->user_id = 1000;
	record->batch_flag = 1;
	record->comment = xstrdup(comment);
	record->name = xstrdup("step");
	record->partition = xstrdup(part.name);
	record->part_ptr = &part;
	record->priority = 1000000 - count;
	record->time_limit = 60;
	record->job_state = JOB_PENDING;
	if (count == size) {
		size = MAX(1024, 2 * size);
		xrecalloc(job, size, sizeof(*job));
	}
	job[count++] = record;
	list_append(job_list, record);
	return record;
}

static void run_on(job_record_t *record, int node)
{
	job_resources_t *held = create_job_resources();

	held->nhosts = 1;
	held->cpus = xcalloc(1, sizeof(*held->cpus));
	held->cpus[0] = CPUS;
	held->memory_allocated = xcalloc(1, sizeof(*held->memory_allocated));
	held->memory_allocated[0] = 1024;
	record->job_resrcs = held;
	record->node_bitmap = bit_alloc(node_record_count);
	bit_set(record->node_bitmap, node);
	record->nodes = xstrdup(node_record_table_ptr[node]->name);
	record->job_state = JOB_RUNNING;
	record->start_time = time(NULL);
	bit_clear(idle_node_bitmap, node);
	node_record_table_ptr[node]->run_job_cnt = 1;
	taken[node].cpus = CPUS;
	taken[node].mem_mb = 1024;
	last_node_update = last_job_update = time(NULL);
}

void double_occupy(int node, time_t until)
{
	job_record_t *record = new_job(NULL);

	run_on(record, node);
	record->end_time = until;
	record->user_id = 1001;
}

void double_submit(uint32_t workflow, double gflop)
{
	char comment[80];

	snprintf(comment, sizeof(comment), "scale:wf=w%u,task=t,gflop=%g",
		 workflow, gflop);
	new_job(comment);
	last_job_update = time(NULL);
}

static void end_job(job_record_t *record)
{
	int node = bit_ffs(record->node_bitmap);

	record->job_state = JOB_COMPLETE;
	record->end_time = time(NULL);
	bit_set(idle_node_bitmap, node);
	node_record_table_ptr[node]->run_job_cnt = 0;
	taken[node].cpus = taken[node].mem_mb = 0;
	last_node_update = last_job_update = time(NULL);
}

void double_end_all(void)
{
	for (uint32_t i = 0; i < count; i++)
		if (IS_JOB_RUNNING(job[i]) && job[i]->comment)
			end_job(job[i]);
}

/* ------------------------------------------------------ Slurm's own work */

extern int select_nodes(job_record_t *job_ptr, bool test_only,
			bitstr_t **select_node_bitmap, char **err_msg,
			bool submission, uint32_t scheduler_type)
{
	double begin = bench_cpu_us();
	bitstr_t *left = bit_copy(idle_node_bitmap);
	int node;

	bit_and_not(left, job_ptr->details->exc_node_bitmap);
	node = bit_ffs(left);
	FREE_NULL_BITMAP(left);
	if (node >= 0) {
		run_on(job_ptr, node);
		job_ptr->end_time = time(NULL) + 60 * job_ptr->time_limit;
		double_counts.started++;
	}
	double_counts.select_us += bench_cpu_us() - begin;
	return node < 0 ? ESLURM_NODES_BUSY : SLURM_SUCCESS;
}

/* A look at each node, as Slurm's own takes it. */
extern int job_req_node_filter(job_record_t *job_ptr, bitstr_t *avail_bitmap,
			       bool test_only)
{
	const struct job_details *details = job_ptr->details;
	double begin = bench_cpu_us();

	for (int i = 0; i < node_record_count; i++) {
		const node_record_t *node = node_record_table_ptr[i];

		if (bit_test(avail_bitmap, i) &&
		    (details->pn_min_cpus > node->cpus ||
		     details->pn_min_memory > node->real_memory ||
		     details->pn_min_tmp_disk > node->tmp_disk))
			bit_clear(avail_bitmap, i);
	}
	double_counts.filter_us += bench_cpu_us() - begin;
	return SLURM_SUCCESS;
}

extern job_record_t *find_job_record(uint32_t job_id)
{
	return job_id >= FIRST_JOB && job_id - FIRST_JOB < count
		? job[job_id - FIRST_JOB] : NULL;
}

extern int job_test_resv(job_record_t *job_ptr, time_t *when, bool move_time,
			 bitstr_t **node_bitmap, bitstr_t **exc_core_bitmap,
			 bool *resv_overlap, bool reboot)
{
	*node_bitmap = bit_alloc(node_record_count);
	bit_set_all(*node_bitmap);
	return SLURM_SUCCESS;
}

extern int select_g_select_nodeinfo_get(dynamic_plugin_data_t *nodeinfo,
					enum select_nodedata_type type,
					enum node_states state, void *data)
{
	size_t node = (size_t) nodeinfo;	/* see add_node() */

	if (type == SELECT_NODEDATA_SUBCNT)
		*(uint16_t *) data = taken[node].cpus;
	else
		*(uint64_t *) data = taken[node].mem_mb;
	return SLURM_SUCCESS;
}

extern int select_g_select_nodeinfo_set_all(void)
{
	return SLURM_SUCCESS;
}

/* --------------------------------------------- what never has to be asked */

extern bool job_independent(job_record_t *job_ptr)
{
	return true;
}

extern int job_limits_check(job_record_t **job_pptr, bool check_min_time)
{
	return WAIT_NO_REASON;
}

extern int license_job_test(job_record_t *job_ptr, time_t when, bool reboot)
{
	return SLURM_SUCCESS;
}

extern int assoc_mgr_validate_assoc_id(void *db_conn, uint32_t assoc_id,
				       int enforce)
{
	return SLURM_SUCCESS;
}

extern int acct_policy_handle_accrue_time(job_record_t *job_ptr,
					  bool assoc_mgr_locked)
{
	return 0;
}

extern bool deadline_ok(job_record_t *job_ptr, char *func)
{
	return true;
}

extern int fed_mgr_job_lock(job_record_t *job_ptr)
{
	return SLURM_SUCCESS;
}

extern int fed_mgr_job_unlock(job_record_t *job_ptr)
{
	return SLURM_SUCCESS;
}

extern int fed_mgr_job_start(job_record_t *job_ptr, time_t start_time)
{
	return SLURM_SUCCESS;
}

extern void filter_by_node_mcs(job_record_t *job_ptr, int mcs_select,
			       bitstr_t *usable_node_mask)
{
}

extern void filter_by_node_owner(job_record_t *job_ptr,
				 bitstr_t *usable_node_mask)
{
}

extern job_record_t *find_job_array_rec(uint32_t array_job_id,
					uint32_t array_task_id)
{
	return NULL;
}

extern int get_magnetic_resv_count(void)
{
	return 0;
}

extern job_record_t *job_array_post_sched(job_record_t *job_ptr)
{
	return NULL;
}

extern job_record_t *job_array_split(job_record_t *job_ptr)
{
	return NULL;
}

extern void job_queue_rec_magnetic_resv(job_queue_rec_t *job_queue_rec)
{
}

extern void job_resv_append_magnetic(job_queue_req_t *job_queue_req)
{
}

extern void job_resv_clear_magnetic_flag(job_record_t *job_ptr)
{
}

extern void launch_job(job_record_t *job_ptr)
{
}

extern void srun_allocate(job_record_t *job_ptr)
{
}

extern uint16_t slurm_job_preempt_mode(job_record_t *job_ptr)
{
	return PREEMPT_MODE_OFF;
}

extern bool slurm_preemption_enabled(void)
{
	return false;
}

extern int slurm_mcs_get_select(job_record_t *job_ptr)
{
	return 0;
}

extern int select_g_select_jobinfo_get(dynamic_plugin_data_t *jobinfo,
				       enum select_jobdata_type type,
				       void *data)
{
	return SLURM_SUCCESS;
}

extern dynamic_plugin_data_t *select_g_select_nodeinfo_alloc(void)
{
	return NULL;
}

extern int select_g_select_nodeinfo_free(dynamic_plugin_data_t *nodeinfo)
{
	return SLURM_SUCCESS;
}
