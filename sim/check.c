/*
 * check.c - the four constraints, watched from outside
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "array.h"
#include "check.h"

typedef enum { TASK_NONE, TASK_PENDING, TASK_RUNNING, TASK_DONE } state_t;

typedef struct task {
	double gflop, mem_gb;
	double start;		/* s */
	uint32_t server;
	state_t state;
} task_t;

typedef struct server {
	double gflops, mem_gb;
	bool present, busy;
} server_t;

struct sim_check {
	size_t tasks_max, edges_max;
	task_t *task;		/* [slots][tasks_max] */
	uint32_t *parent_first;	/* [slots][tasks_max + 1] */
	uint32_t *parent;	/* [slots][edges_max] */
	size_t slots;
	server_t *server;
	size_t servers;
};

sim_check_t *sim_check_create(size_t tasks_max, size_t edges_max)
{
	sim_check_t *check = calloc(1, sizeof(*check));

	if (check) {
		check->tasks_max = tasks_max;
		check->edges_max = edges_max;
	}
	return check;
}

void sim_check_destroy(sim_check_t *check)
{
	int saved = errno;

	if (!check)
		return;
	free(check->task);
	free(check->parent_first);
	free(check->parent);
	free(check->server);
	free(check);
	errno = saved;
}

void sim_check_reset(sim_check_t *check)
{
	if (check->servers)
		memset(check->server, 0,
		       check->servers * sizeof(*check->server));
	if (check->slots)
		memset(check->task, 0, check->slots * check->tasks_max *
					       sizeof(*check->task));
}

int sim_check_join(sim_check_t *check, uint32_t server, double gflops,
		   double mem_gb)
{
	size_t old = check->servers;

	if (sim_array_reserve(&check->server, &check->servers, server + 1))
		return -1;
	memset(check->server + old, 0,
	       (check->servers - old) * sizeof(*check->server));
	check->server[server] = (server_t) {
		.gflops = gflops,
		.mem_gb = mem_gb,
		.present = true,
	};
	return 0;
}

int sim_check_leave(sim_check_t *check, uint32_t server, scale_err_t *err)
{
	server_t *s = &check->server[server];

	if (s->busy)
		return scale_err_set(err, EPROTO,
				     "server %u left with a primitive on it",
				     server);
	s->present = false;
	return 0;
}

static int grow(sim_check_t *check, uint32_t slot)
{
	size_t old = check->slots, room;

	if (slot < old)
		return 0;
	room = sim_array_room(old, slot + 1);
	if (sim_array_resize(&check->task, room * check->tasks_max,
			     sizeof(*check->task)) ||
	    sim_array_resize(&check->parent_first,
			     room * (check->tasks_max + 1),
			     sizeof(*check->parent_first)) ||
	    sim_array_resize(&check->parent, room * check->edges_max,
			     sizeof(*check->parent)))
		return -1;
	memset(check->task + old * check->tasks_max, 0,
	       (room - old) * check->tasks_max * sizeof(*check->task));
	check->slots = room;
	return 0;
}

int sim_check_arrive(sim_check_t *check, uint32_t slot,
		     const sim_workflow_spec_t *spec, scale_err_t *err)
{
	task_t *task;

	if (grow(check, slot))
		return -1;
	task = check->task + slot * check->tasks_max;
	for (size_t i = 0; i < check->tasks_max; i++)
		if (task[i].state == TASK_PENDING ||
		    task[i].state == TASK_RUNNING)
			return scale_err_set(err, EPROTO,
					     "workflow slot %u is reused before primitive %zu is finished",
					     slot, i);
	memset(task, 0, check->tasks_max * sizeof(*task));
	for (uint32_t i = 0; i < spec->n; i++)
		task[i] = (task_t) {
			.gflop = spec->gflop[i],
			.mem_gb = spec->mem_gb[i],
			.state = TASK_PENDING,
		};
	memcpy(check->parent_first + slot * (check->tasks_max + 1),
	       spec->parent_first, (spec->n + 1) * sizeof(uint32_t));
	memcpy(check->parent + slot * check->edges_max, spec->parent,
	       spec->parent_first[spec->n] * sizeof(uint32_t));
	return 0;
}

/* Every predecessor is finished. */
static int check_readiness(const sim_check_t *check, uint32_t slot,
			   uint32_t index, scale_err_t *err)
{
	const task_t *task = check->task + slot * check->tasks_max;
	const uint32_t *parent = check->parent + slot * check->edges_max;
	const uint32_t *first = check->parent_first +
				slot * (check->tasks_max + 1);

	if (task[index].state != TASK_PENDING)
		return scale_err_set(err, EPROTO,
				     "readiness: primitive %u of slot %u starts a second time",
				     index, slot);
	for (uint32_t e = first[index]; e < first[index + 1]; e++)
		if (task[parent[e]].state != TASK_DONE)
			return scale_err_set(err, EPROTO,
					     "readiness: primitive %u of slot %u starts before its predecessor %u is finished",
					     index, slot, parent[e]);
	return 0;
}

int sim_check_start(sim_check_t *check, uint32_t slot, uint32_t index,
		    uint32_t server, double now, scale_err_t *err)
{
	task_t *task = check->task + slot * check->tasks_max + index;
	server_t *s;

	if (check_readiness(check, slot, index, err))
		return -1;
	if (server >= check->servers || !check->server[server].present)
		return scale_err_set(err, EPROTO,
				     "idleness: server %u is not there",
				     server);
	s = &check->server[server];
	if (s->busy)
		return scale_err_set(err, EPROTO,
				     "idleness: server %u runs a primitive already",
				     server);
	if (task->mem_gb > s->mem_gb)
		return scale_err_set(err, EPROTO,
				     "memory: primitive %u of slot %u needs %g GB, server %u has %g GB",
				     index, slot, task->mem_gb, server,
				     s->mem_gb);
	task->state = TASK_RUNNING;
	task->server = server;
	task->start = now;
	s->busy = true;
	return 0;
}

static int check_running(const sim_check_t *check, uint32_t slot,
			 uint32_t index, uint32_t server, scale_err_t *err)
{
	const task_t *task = check->task + slot * check->tasks_max + index;

	if (task->state != TASK_RUNNING || task->server != server)
		return scale_err_set(err, EPROTO,
				     "non-preemption: primitive %u of slot %u does not run on server %u",
				     index, slot, server);
	return 0;
}

int sim_check_finish(sim_check_t *check, uint32_t slot, uint32_t index,
		     uint32_t server, double now, scale_err_t *err)
{
	task_t *task = check->task + slot * check->tasks_max + index;
	double due;

	if (check_running(check, slot, index, server, err))
		return -1;
	due = task->start + task->gflop / check->server[server].gflops;
	if (now != due)
		return scale_err_set(err, EPROTO,
				     "non-preemption: primitive %u of slot %u ends at %.17g s instead of %.17g s",
				     index, slot, now, due);
	task->state = TASK_DONE;
	check->server[server].busy = false;
	return 0;
}

int sim_check_kill(sim_check_t *check, uint32_t slot, uint32_t index,
		   uint32_t server, scale_err_t *err)
{
	if (check_running(check, slot, index, server, err))
		return -1;
	check->task[slot * check->tasks_max + index].state = TASK_PENDING;
	check->server[server].busy = false;
	return 0;
}
