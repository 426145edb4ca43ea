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
#include "last_good.h"
#include "ready.h"
#include "remember.h"
#include "text.h"
#include "wake.h"

/* How often the counters are read: a change is noticed within a five-hundredth
 * of the silence before it, but between these; the second while no job waits. */
#define TICK_SHARE	0.002
#define HOT_TICK_SEC	0.003
#define IDLE_TICK_SEC	0.020
#define LONG_TICK_SEC	0.040
#define GAP		4.0	/* of the last cycle's time */
#define SAVE_SEC	2.0	/* between two states that are saved */

static struct {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool running, stop, reload;	/* under lock */
	/* the thread's own */
	scale_brain_t *brain;		/* NULL: stock scheduling */
	scale_cycle_t cycle;
	scale_wake_t wake;
	bool wanted, deep;		/* a pass; to close a round */
	bool sliced;			/* what was done last */
	double rest_until;		/* monotonic s */
	bool more;			/* the last cycle ran out of time */
	uint64_t changes;		/* of flow and history, when saved */
	double saved;			/* monotonic s */
	bool save_failed;
	/* copies from slurm.conf, which a reconfigure frees */
	char *conf_path;		/* of scale.yaml */
	char *state_dir, *slurmctld_log;
	uid_t slurm_user;
	int max_rpcs;			/* 0: any number */
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

/* sched/backfill, too, lets slurmctld answer so many RPCs first. */
static int _max_rpcs(const char *params)
{
	const char *at;

	if ((at = xstrcasestr(params, "max_rpc_cnt=")))
		return atoi(at + strlen("max_rpc_cnt="));
	if ((at = xstrcasestr(params, "max_rpc_count=")))
		return atoi(at + strlen("max_rpc_count="));
	return 0;
}

static void _forget_conf(void)
{
	xfree(agent.conf_path);
	xfree(agent.state_dir);
	xfree(agent.slurmctld_log);
}

/*
 * slurmctld asks for a reload while it still holds its configuration; wait
 * for it to be done, so that start and reconfigure lead to one load each.
 */
static void _settle(void)
{
	slurmctld_lock_t locks = { .conf = READ_LOCK };

	_forget_conf();
	lock_slurmctld(locks);
	agent.conf_path = get_extra_conf_path("scale.yaml");
	agent.state_dir = xstrdup(slurm_conf.state_save_location);
	agent.slurmctld_log = xstrdup(slurm_conf.slurmctld_logfile);
	agent.slurm_user = slurm_conf.slurm_user_id;
	agent.max_rpcs = _max_rpcs(slurm_conf.sched_params);
	unlock_slurmctld(locks);
	slurm_mutex_lock(&agent.lock);
	agent.reload = false;
	slurm_mutex_unlock(&agent.lock);
}

static void _say(const char *text)
{
	error("sched/scale: %s", text);
}

/* What an earlier slurmctld, or the other one, left. */
static void _recall(void)
{
	scale_cycle_t *cycle = &agent.cycle;
	scale_state_t state = { 0 };
	scale_err_t err = { "" };
	int rc = scale_state_read(agent.state_dir, &state, &err);

	if (rc < 0 && errno == ENOENT)
		return;
	if (rc < 0) {
		error("sched/scale: %s; starting from Slurm's job list",
		      err.text);
		return;
	}
	if (rc > 0)
		error("sched/scale: %s; the state before it is used",
		      err.text);
	if (scale_remember_import(cycle->table.flow, cycle->history, &state,
				  &err))
		error("sched/scale: %s; not all of the state is remembered",
		      err.text);
	info("sched/scale: remembered %zu jobs and %zu names", state.stage_count,
	     state.entry_count);
	scale_state_free(&state);
}

/* Room for as many names as the site wants; RET -1: not now. */
static int _make_history(size_t keys, scale_err_t *err)
{
	scale_cycle_t *cycle = &agent.cycle;
	scale_history_t *old = cycle->history, *new;
	scale_history_entry_t *entry;
	size_t count;

	if (old && scale_history_keys(old) == keys)
		return 0;
	new = scale_history_create(keys, err);
	if (!new)
		return -1;
	cycle->history = new;
	if (!old) {
		_recall();
		return 0;
	}
	count = scale_history_count(old);
	entry = calloc(count + 1, sizeof(*entry));
	if (entry)
		scale_history_import(new, entry,
				     scale_history_export(old, entry, count),
				     scale_history_ratio_state(old));
	free(entry);
	scale_history_destroy(old);
	return 0;
}

static void _identify(const scale_brain_t *brain)
{
	scale_identity_t identity = { .version = SCALE_VERSION,
				      .slurm_version = SLURM_VERSION_STRING };
	const scale_site_t *site = &brain->site;

	scale_text_copy(identity.mode, sizeof(identity.mode),
			site->mode == SCALE_MODE_OFF ? "off" :
		scale_rollout_name(site->mode));
	scale_text_copy(identity.policy, sizeof(identity.policy),
			site->policy);
	scale_text_copy(identity.fallback, sizeof(identity.fallback),
			site->fallback);
	scale_text_copy(identity.model_path, sizeof(identity.model_path),
			*site->model ? site->model
						  : SCALE_MODEL_PATH);
	scale_text_copy(identity.model_sha256, sizeof(identity.model_sha256),
			brain->model_hash);
	scale_stats_identity(scale_journal_stats(agent.cycle.journal),
			     &identity);
}

static void _adopt(scale_brain_t *brain)
{
	if (brain->site.mode == SCALE_MODE_OFF) {
		info("sched/scale: mode off, stock scheduling");
		_release();
	}
	scale_brain_destroy(agent.brain);
	agent.brain = brain;
	agent.cycle.described = false;
	scale_journal_open(agent.cycle.journal, &brain->site,
			   agent.slurmctld_log);
	_identify(brain);
}

/* RET NULL; brain is gone then. */
static scale_brain_t *_with_history(scale_brain_t *brain, scale_err_t *err)
{
	if (brain && _make_history((size_t) brain->site.history, err)) {
		scale_brain_destroy(brain);
		return NULL;
	}
	return brain;
}

/* From 23.11 a reconfigure is a new process, which says so here. */
static scale_brain_t *_load_last(void)
{
	scale_err_t err = { "" };
	scale_brain_t *brain;

	if (!getenv("SLURMCTLD_RECONF"))
		return NULL;
	brain = scale_last_good_load(agent.state_dir, agent.slurm_user, &err);
	brain = _with_history(brain, &err);
	if (!brain && errno != ENOENT)
		error("sched/scale: %s", err.text);
	return brain;
}

/* A bad configuration leaves what was there. */
static void _keep_old(const scale_err_t *why)
{
	scale_brain_t *last = agent.brain ? NULL : _load_last();

	if (last)
		_adopt(last);
	if (agent.brain)
		error("sched/scale: %s; the previous configuration stays",
		      why->text);
	else
		error("sched/scale: %s; stock scheduling until it is mended and scontrol reconfigure is run",
		      why->text);
}

static void _load(void)
{
	const scale_brain_source_t source = {
		.conf = agent.conf_path,
		.dflt_model = SCALE_MODEL_PATH,
		.owner = agent.slurm_user,
	};
	scale_err_t err = { "" };
	scale_brain_t *brain = _with_history(scale_brain_load(&source, &err),
					     &err);

	if (brain) {
		info("sched/scale: read %s", agent.conf_path);
		scale_journal_keep(agent.cycle.journal, brain);
		_adopt(brain);
	} else {
		_keep_old(&err);
	}
	scale_stats_count(scale_journal_stats(agent.cycle.journal),
			  brain ? SCALE_COUNT_RELOADS
				: SCALE_COUNT_RELOADS_FAILED);
}

/* Hand the state over for writing when it changed. */
static void _save(bool now)
{
	const scale_cycle_t *cycle = &agent.cycle;
	double clock = _clock(CLOCK_MONOTONIC);
	scale_err_t err = { "" };
	uint64_t changes;
	char *text;
	size_t size;

	if (!cycle->history)
		return;
	changes = scale_flow_changes(cycle->table.flow);
	if (changes == agent.changes || (!now && clock - agent.saved < SAVE_SEC))
		return;
	agent.changes = changes;
	agent.saved = clock;
	if (scale_remember_export(cycle->table.flow, cycle->history,
				  _clock(CLOCK_REALTIME), &text, &size,
				  &err) == 0) {
		scale_journal_save(cycle->journal, text, size);
		agent.save_failed = false;
	} else if (!agent.save_failed) {
		error("sched/scale: state not saved: %s", err.text);
		agent.save_failed = true;
	}
}

static bool _active(void)
{
	return agent.brain && agent.brain->site.mode != SCALE_MODE_OFF &&
	       !slurmctld_config.scheduling_disabled &&
	       !slurmctld_config.shutdown_time;
}

/* Jobs of ours that hints alone would not show in time: they wait, or their
 * epilog runs. */
static size_t _waiting(void)
{
	return agent.cycle.table.pending + agent.cycle.table.closing;
}

static bool _many_rpcs(void)
{
	bool many;

	if (agent.max_rpcs <= 0)
		return false;
	slurm_mutex_lock(&slurmctld_config.thread_count_lock);
	many = slurmctld_config.server_thread_count >= agent.max_rpcs;
	slurm_mutex_unlock(&slurmctld_config.thread_count_lock);
	return many;
}

typedef enum { NOTHING, EXPLAIN, SLICE, PASS } work_t;

/* Have Slurm's schedulers been at ready primitives?  Where none was found ready
 * there is nothing to explain, however many wait. */
static bool _unexplained(double clock)
{
	return agent.cycle.entries && scale_wake_passed(&agent.wake, clock);
}

/* Slices take turns with stretches of the cycle, so that neither keeps the
 * other waiting. */
static work_t _due(double now)
{
	bool waiting = _waiting() > 0, slice;
	double clock = _clock(CLOCK_MONOTONIC);

	if (clock < agent.rest_until)
		return NOTHING;
	slice = waiting && agent.cycle.described &&
		scale_round_due(&agent.cycle.round, now);
	if (slice && !agent.sliced)
		return SLICE;
	if (agent.more || agent.wanted || !agent.cycle.described ||
	    scale_wake_counters(&agent.wake))
		return PASS;
	if (slice)
		return SLICE;
	if (waiting && scale_wake_hot(now) &&
	    scale_wake_look(&agent.wake, now))
		return PASS;
	return _unexplained(clock) ? EXPLAIN : NOTHING;
}

/* A stretch of a cycle.  RET jobs started */
static int _cycle(double now)
{
	scale_cycle_why_t why = {
		.changed = agent.wanted || scale_wake_differs(&agent.wake),
		.deep = agent.deep,
	};
	scale_cycle_did_t did;

	agent.more = scale_cycle_run(&agent.cycle, agent.brain, now, &why,
				     &did);
	agent.wanted = why.changed && !did.surveyed;
	agent.deep = agent.deep && !did.surveyed;
	if (!agent.wanted)		/* only what we did ourselves */
		scale_wake_mark(&agent.wake, &agent.cycle.table);
	return did.started;
}

/* Answer a pass of Slurm's schedulers. */
static void _explain(void)
{
	double begin = _clock(CLOCK_MONOTONIC), end;

	if (!job_list || !_unexplained(begin))
		return;
	scale_ready_explain(&agent.cycle.table);
	end = _clock(CLOCK_MONOTONIC);
	scale_wake_answered(&agent.wake, end, end - begin);
}

static int _work(double now, work_t work)
{
	int started = 0;

	if (work == SLICE) {
		agent.wanted |= scale_cycle_slice(&agent.cycle, agent.brain,
						  now, &agent.deep);
	} else if (work == PASS) {
		started = _cycle(now);
	}
	_explain();
	if (work != EXPLAIN)
		agent.sliced = work == SLICE;
	return started;
}

static void _run(double now, work_t work)
{
	scale_stats_t *stats = scale_journal_stats(agent.cycle.journal);
	double asked = _clock(CLOCK_MONOTONIC), begin, cpu;
	int started;

	if (_many_rpcs()) {
		scale_stats_count(stats, SCALE_COUNT_HELD_BACK);
		return;
	}
	if (!fed_mgr_sibs_synced())
		return;
	lock_slurmctld(scale_pass_locks());
	begin = _clock(CLOCK_MONOTONIC);
	cpu = _clock(CLOCK_THREAD_CPUTIME_ID);
	started = _work(now, work);
	cpu = _clock(CLOCK_THREAD_CPUTIME_ID) - cpu;
	unlock_slurmctld(scale_pass_locks());
	agent.rest_until = _clock(CLOCK_MONOTONIC);
	scale_stats_time(stats, SCALE_TIME_WAITING, (begin - asked) * 1e6);
	scale_stats_time(stats, SCALE_TIME_LOCKED,
			 (agent.rest_until - begin) * 1e6);
	scale_stats_time(stats, SCALE_TIME_LOCKED_CPU, cpu * 1e6);
	agent.rest_until += GAP * (agent.rest_until - begin);
	if (started) {
		schedule_node_save();	/* have their own locks */
		schedule_job_save();
	}
}

static double _tick(double now)
{
	double least = _waiting() ? HOT_TICK_SEC : IDLE_TICK_SEC;
	double tick = TICK_SHARE * scale_wake_silence(now);

	return MIN(MAX(tick, least), LONG_TICK_SEC);
}

static void *_main(void *arg)
{
	bool reload = true;
	double tick = 0.0;
	work_t work;

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
		work = _due(now);
		if (work != NOTHING)
			_run(now, work);
		_save(false);
		tick = _tick(now);
	} while (_sleep(tick, &reload));
	_release();
	_save(true);
	return NULL;
}

static void _forget(void)
{
	scale_journal_destroy(agent.cycle.journal);
	scale_history_destroy(agent.cycle.history);
	scale_cycle_free(&agent.cycle);
	scale_wake_free(&agent.wake);
	scale_brain_destroy(agent.brain);
	_forget_conf();
	agent.brain = NULL;
	agent.stop = agent.reload = agent.more = false;
	agent.wanted = agent.deep = agent.sliced = false;
	agent.rest_until = agent.saved = 0.0;
	agent.changes = 0;
}

int scale_agent_start(void)
{
	pthread_condattr_t attr;
	scale_err_t why = { "" };
	int rc = -1;

	slurm_mutex_lock(&agent.lock);
	if (agent.running)
		goto done;
	agent.cycle.journal =
		scale_journal_create(slurm_conf.state_save_location, _say, &why);
	if (!agent.cycle.journal || scale_table_init(&agent.cycle.table, &why)) {
		error("sched/scale: %s; stock scheduling", why.text);
		_forget();
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
