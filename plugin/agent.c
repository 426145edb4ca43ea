/*
 * agent.c - the plugin's thread
 *
 * Reads scale.yaml and the model outside all locks, waits for changes, and
 * runs cycles under the locks that sched/backfill takes.  Between cycles it
 * sleeps at least GAP times as long as the last one took, so that slurmctld's
 * locks are free most of the time whatever the load.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <pthread.h>
#include <sys/prctl.h>
#include <time.h>

#include "agent.h"
#include "cycle.h"
#include "wake.h"

/* How often the counters are read: while jobs of ours wait and Slurm was
 * active within the last second; while they wait; otherwise. */
#define HOT_TICK_SEC	0.003
#define TICK_SEC	0.010
#define IDLE_TICK_SEC	0.020
#define GAP		4.0	/* of the last cycle's time */

static struct {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool running, stop, reload;	/* under lock */
	/* the thread's own */
	scale_brain_t *brain;		/* NULL: stock scheduling */
	scale_cycle_t cycle;
	scale_wake_t wake;
	time_t deep;			/* second of the last deep cycle */
	double rest_until;		/* monotonic s */
	bool more;			/* the last cycle ran out of time */
} agent = { .lock = PTHREAD_MUTEX_INITIALIZER };

static double _clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Wait for the tick to pass.  RET false when the thread has to end. */
static bool _sleep(double seconds, bool *reload)
{
	double until = _clock(CLOCK_MONOTONIC) + seconds;
	struct timespec ts = { .tv_sec = (time_t) until };
	bool go_on;

	ts.tv_nsec = (long) ((until - ts.tv_sec) * 1e9);
	slurm_mutex_lock(&agent.lock);
	while (!agent.stop && !agent.reload &&
	       !pthread_cond_timedwait(&agent.cond, &agent.lock, &ts))
		;
	*reload = agent.reload;
	go_on = !agent.stop;
	slurm_mutex_unlock(&agent.lock);
	return go_on;
}

static void _release(void)
{
	lock_slurmctld(scale_pass_locks());
	if (job_list)
		scale_table_release(&agent.cycle.table);
	unlock_slurmctld(scale_pass_locks());
}

/*
 * slurmctld asks for a reload while it still holds its configuration; wait
 * for it to be done, so that start and reconfigure lead to one load each.
 */
static void _settle(void)
{
	slurmctld_lock_t locks = { .conf = READ_LOCK };

	lock_slurmctld(locks);
	unlock_slurmctld(locks);
	slurm_mutex_lock(&agent.lock);
	agent.reload = false;
	slurm_mutex_unlock(&agent.lock);
}

/* Read the configuration; a bad one leaves what was there. */
static void _load(void)
{
	char *path = get_extra_conf_path("scale.yaml");
	scale_err_t err = { "" };
	scale_brain_t *brain = scale_brain_load(path, SCALE_MODEL_PATH, &err);

	if (!brain && agent.brain) {
		error("sched/scale: %s; the previous configuration stays",
		      err.text);
	} else if (!brain) {
		error("sched/scale: %s; stock scheduling until it is mended and scontrol reconfigure is run",
		      err.text);
	} else {
		info("sched/scale: read %s", path);
		if (brain->site.mode == SCALE_MODE_OFF) {
			info("sched/scale: mode off, stock scheduling");
			_release();
		}
		scale_brain_destroy(agent.brain);
		agent.brain = brain;
		agent.cycle.described = false;
	}
	xfree(path);
}

static bool _active(void)
{
	return agent.brain && agent.brain->site.mode == SCALE_MODE_ACTIVE &&
	       !slurmctld_config.scheduling_disabled &&
	       !slurmctld_config.shutdown_time;
}

/*
 * Is there reason for a cycle?  OUT deep whether to trust no hint: once in
 * every second of the clock, at its beginning, when begin times come due.
 */
static bool _due(double now, bool *deep)
{
	double mono = _clock(CLOCK_MONOTONIC);
	size_t waiting = agent.cycle.table.pending;

	if (mono < agent.rest_until)
		return false;
	*deep = (time_t) now != agent.deep;
	if (agent.more || !agent.cycle.described)
		return true;
	if (scale_wake_counters(&agent.wake))
		return true;
	if (!waiting)
		return false;
	return *deep || (scale_wake_hot(&agent.wake, now) &&
			 scale_wake_look(&agent.wake, now));
}

static void _run(double now, bool deep)
{
	double begin;
	int started = 0;

	if (!fed_mgr_sibs_synced())
		return;
	lock_slurmctld(scale_pass_locks());
	begin = _clock(CLOCK_MONOTONIC);
	agent.more = scale_cycle_run(&agent.cycle, agent.brain, now, deep,
				     &started);
	scale_wake_mark(&agent.wake, &agent.cycle.table);
	unlock_slurmctld(scale_pass_locks());
	if (deep)
		agent.deep = (time_t) now;
	agent.rest_until = _clock(CLOCK_MONOTONIC);
	agent.rest_until += GAP * (agent.rest_until - begin);
	if (started) {
		schedule_node_save();	/* have their own locks */
		schedule_job_save();
	}
}

static double _tick(double now)
{
	if (!agent.cycle.table.pending)
		return IDLE_TICK_SEC;
	return scale_wake_hot(&agent.wake, now) ? HOT_TICK_SEC : TICK_SEC;
}

static void *_main(void *arg)
{
	bool reload = true, deep;
	double tick = 0.0;

	prctl(PR_SET_NAME, "scale", NULL, NULL, NULL);
	do {
		double now = _clock(CLOCK_REALTIME);

		if (reload) {
			_settle();
			_load();
		}
		if (!_active()) {
			tick = 1.0;
			continue;
		}
		if (_due(now, &deep))
			_run(now, deep);
		tick = _tick(now);
	} while (_sleep(tick, &reload));
	_release();
	return NULL;
}

static void _forget(void)
{
	scale_cycle_free(&agent.cycle);
	scale_wake_free(&agent.wake);
	scale_brain_destroy(agent.brain);
	agent.brain = NULL;
	agent.stop = agent.reload = agent.more = false;
	agent.deep = 0;
	agent.rest_until = 0.0;
}

int scale_agent_start(void)
{
	pthread_condattr_t attr;
	scale_err_t why = { "" };
	int rc = -1;

	slurm_mutex_lock(&agent.lock);
	if (agent.running)
		goto done;
	if (scale_table_init(&agent.cycle.table, &why)) {
		error("sched/scale: %s", why.text);
		goto done;
	}
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&agent.cond, &attr);
	pthread_condattr_destroy(&attr);
	if (pthread_create(&agent.thread, NULL, _main, NULL)) {
		error("sched/scale: no thread: %m; stock scheduling");
		_forget();
		goto done;
	}
	agent.running = true;
	rc = 0;
done:
	slurm_mutex_unlock(&agent.lock);
	return rc;
}

void scale_agent_stop(void)
{
	slurm_mutex_lock(&agent.lock);
	if (!agent.running) {
		slurm_mutex_unlock(&agent.lock);
		return;
	}
	agent.stop = true;
	pthread_cond_signal(&agent.cond);
	slurm_mutex_unlock(&agent.lock);
	pthread_join(agent.thread, NULL);
	slurm_mutex_lock(&agent.lock);
	_forget();
	pthread_cond_destroy(&agent.cond);
	agent.running = false;
	slurm_mutex_unlock(&agent.lock);
}

void scale_agent_reload(void)
{
	slurm_mutex_lock(&agent.lock);
	if (agent.running) {
		agent.reload = true;
		pthread_cond_signal(&agent.cond);
	}
	slurm_mutex_unlock(&agent.lock);
}
