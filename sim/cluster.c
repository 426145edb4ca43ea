/*
 * cluster.c - the servers of a simulated cluster
 *
 * Counts per tier are kept up to date, so that "is any idle server large
 * enough" never looks at servers.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "array.h"
#include "cluster.h"
#include "workload.h"

void sim_cluster_shares(const sim_config_t *config, uint32_t *count)
{
	double rest[SCALE_CONF_NUMBERS], parts = 0.0;
	int64_t left = config->nodes;

	for (size_t k = 0; k < config->mix.count; k++)
		parts += config->mix.value[k];
	for (size_t k = 0; k < config->mix.count; k++) {
		double exact = (double) config->nodes *
			       config->mix.value[k] / parts;

		count[k] = (uint32_t) exact;
		rest[k] = exact - count[k];
		left -= count[k];
	}
	for (; left > 0; left--) {
		size_t best = 0;

		for (size_t k = 1; k < config->mix.count; k++)
			if (rest[k] > rest[best])
				best = k;
		count[best]++;
		rest[best] = -1.0;
	}
}

static void find_classes(sim_cluster_t *c)
{
	c->classes = 0;
	for (size_t k = 0; k < c->tiers; k++) {
		double gb = c->tier[k].mem_gb;
		size_t i = 0;

		while (i < c->classes && c->class_gb[i] < gb)
			i++;
		if (i < c->classes && c->class_gb[i] == gb)
			continue;
		memmove(&c->class_gb[i + 1], &c->class_gb[i],
			(c->classes++ - i) * sizeof(c->class_gb[0]));
		c->class_gb[i] = gb;
	}
	for (size_t k = 0; k < c->tiers; k++)
		c->tier[k].class = sim_cluster_class(c, c->tier[k].mem_gb);
}

void sim_cluster_init(sim_cluster_t *c, const sim_config_t *config)
{
	*c = (sim_cluster_t) { .tiers = config->mix.count };
	for (size_t k = 0; k < c->tiers; k++) {
		c->tier[k].gflops = config->gflops.value[k];
		c->tier[k].mem_gb = config->mem_gb.value[k];
		c->tier[k].idle_w = config->idle_w.value[k];
		c->tier[k].busy_w = config->busy_w.value[k];
	}
	c->view.bandwidth_gb_s = config->bandwidth_gb_s;
	c->view.latency_s = config->latency_s;
	find_classes(c);
	scale_index_init(&c->index, c->tiers, config->gflops.value,
			 config->mem_gb.value);
}

void sim_cluster_fini(sim_cluster_t *c)
{
	free(c->gflops);
	free(c->mem_gb);
	free(c->free_at);
	free(c->power_kw);
	free(c->busy);
	free(c->uid_at);
	free(c->server);
	free(c->record);
	scale_index_fini(&c->index);
	*c = (sim_cluster_t) { 0 };
}

/* The index has grown and forgotten. */
static void fill_index(sim_cluster_t *c)
{
	for (size_t pos = 0; pos < c->view.n; pos++) {
		scale_index_join(&c->index, pos,
				 c->server[c->uid_at[pos]].tier);
		if (c->busy[pos])
			scale_index_start(&c->index, pos, c->free_at[pos]);
	}
}

static int reserve(sim_cluster_t *c, size_t want)
{
	size_t room;

	if (want <= c->room)
		return 0;
	room = sim_array_room(c->room, want);
	if (sim_array_resize(&c->gflops, room, sizeof(*c->gflops)) ||
	    sim_array_resize(&c->mem_gb, room, sizeof(*c->mem_gb)) ||
	    sim_array_resize(&c->free_at, room, sizeof(*c->free_at)) ||
	    sim_array_resize(&c->power_kw, room, sizeof(*c->power_kw)) ||
	    sim_array_resize(&c->busy, room, sizeof(*c->busy)) ||
	    sim_array_resize(&c->uid_at, room, sizeof(*c->uid_at)) ||
	    sim_array_resize(&c->server, room, sizeof(*c->server)) ||
	    sim_array_resize(&c->record, room, sizeof(*c->record)) ||
	    scale_index_reserve(&c->index, room))
		return -1;
	fill_index(c);
	c->room = room;
	c->view.index = &c->index;
	c->view.gflops = c->gflops;
	c->view.mem_gb = c->mem_gb;
	c->view.free_at = c->free_at;
	c->view.power_kw = c->power_kw;
	c->view.busy = c->busy;
	return 0;
}

int sim_cluster_reset(sim_cluster_t *c, const sim_config_t *config,
		      uint64_t seed)
{
	uint32_t count[SCALE_CONF_NUMBERS];

	c->servers = 0;
	c->view.n = 0;
	c->view.now = 0.0;
	scale_index_clear(&c->index);
	if (reserve(c, (size_t) config->nodes))
		return -1;
	c->seed = seed;
	sim_cluster_shares(config, count);
	for (size_t k = 0; k < c->tiers; k++) {
		sim_tier_t *tier = &c->tier[k];

		tier->present = tier->idle = tier->down = 0;
		tier->busy_s = tier->present_s = 0.0;
	}
	for (size_t k = 0; k < c->tiers; k++)
		for (uint32_t i = 0; i < count[k]; i++)
			if (sim_cluster_add(c, (uint32_t) k, 0.0))
				return -1;
	return 0;
}

/* C_max and M_max over the servers that are present; unchanged when there
 * are none, so that features stay finite. */
static void find_maxima(sim_cluster_t *c)
{
	double gflops = 0.0, mem_gb = 0.0;

	for (size_t k = 0; k < c->tiers; k++) {
		const sim_tier_t *tier = &c->tier[k];

		if (!tier->present)
			continue;
		gflops = tier->gflops > gflops ? tier->gflops : gflops;
		mem_gb = tier->mem_gb > mem_gb ? tier->mem_gb : mem_gb;
	}
	if (gflops > 0.0) {
		c->view.gflops_max = gflops;
		c->view.mem_max_gb = mem_gb;
	}
}

/* A new stream for each time that config.changes brings the server in, so
 * that what a policy did before never shifts later failures. */
static void seed_failures(sim_cluster_t *c, uint32_t uid)
{
	uint64_t seed = scale_hash_seed(c->seed, SIM_STREAM_FAILURE);
	sim_record_t *r = &c->record[uid];

	scale_rng_seed(&r->rng, seed, (uint64_t) r->returns++ << 32 | uid);
}

int sim_cluster_add(sim_cluster_t *c, uint32_t tier, double now)
{
	uint32_t uid = (uint32_t) c->servers;

	if (reserve(c, c->servers + 1))
		return -1;
	c->servers++;
	c->record[uid] = (sim_record_t) { .joined = now };
	c->server[uid] = (sim_server_t) {
		.pos = SIM_NO_INDEX,
		.task = SIM_NO_INDEX,
		.tier = tier,
		.state = SIM_SERVER_OUT,
	};
	sim_cluster_join(c, uid, now);
	return 0;
}

void sim_cluster_join(sim_cluster_t *c, uint32_t uid, double now)
{
	sim_server_t *s = &c->server[uid];
	sim_tier_t *tier = &c->tier[s->tier];
	size_t pos = c->view.n++;

	if (s->state == SIM_SERVER_DOWN)
		tier->down--;
	else
		seed_failures(c, uid);
	s->state = SIM_SERVER_UP;
	s->life++;
	c->changes++;
	s->pos = (uint32_t) pos;
	c->record[uid].joined = now;
	c->uid_at[pos] = uid;
	c->gflops[pos] = tier->gflops;
	c->mem_gb[pos] = tier->mem_gb;
	c->free_at[pos] = now;
	c->power_kw[pos] = tier->idle_w / 1000.0;
	c->busy[pos] = 0;
	scale_index_join(&c->index, pos, s->tier);
	tier->present++;
	tier->idle++;
	find_maxima(c);
}

void sim_cluster_leave(sim_cluster_t *c, uint32_t uid,
		       sim_server_state_t state, double now)
{
	sim_server_t *s = &c->server[uid];
	sim_tier_t *tier = &c->tier[s->tier];
	size_t pos = s->pos, last = --c->view.n;

	scale_index_leave(&c->index, pos);
	if (last != pos)
		scale_index_move(&c->index, last, pos);
	c->uid_at[pos] = c->uid_at[last];
	c->gflops[pos] = c->gflops[last];
	c->mem_gb[pos] = c->mem_gb[last];
	c->free_at[pos] = c->free_at[last];
	c->power_kw[pos] = c->power_kw[last];
	c->busy[pos] = c->busy[last];
	c->server[c->uid_at[pos]].pos = (uint32_t) pos;
	s->pos = SIM_NO_INDEX;
	s->state = state;
	s->life++;
	c->changes++;
	tier->present--;
	tier->idle--;
	tier->down += state == SIM_SERVER_DOWN;
	tier->present_s += now - c->record[uid].joined;
	find_maxima(c);
}

void sim_cluster_expel(sim_cluster_t *c, uint32_t uid)
{
	sim_server_t *s = &c->server[uid];

	if (s->state != SIM_SERVER_DOWN)
		return;
	c->tier[s->tier].down--;
	s->state = SIM_SERVER_OUT;
	s->life++;
}

uint32_t sim_cluster_class(const sim_cluster_t *c, double mem_gb)
{
	uint32_t class = 0;

	while (class < c->classes && c->class_gb[class] < mem_gb)
		class++;
	return class;
}

int sim_cluster_top_idle(const sim_cluster_t *c)
{
	int top = -1;

	for (size_t k = 0; k < c->tiers; k++)
		if (c->tier[k].idle && (int) c->tier[k].class > top)
			top = (int) c->tier[k].class;
	return top;
}

int sim_cluster_top_present(const sim_cluster_t *c)
{
	int top = -1;

	for (size_t k = 0; k < c->tiers; k++)
		if (c->tier[k].present && (int) c->tier[k].class > top)
			top = (int) c->tier[k].class;
	return top;
}

int sim_cluster_top_expected(const sim_cluster_t *c)
{
	int top = -1;

	for (size_t k = 0; k < c->tiers; k++)
		if (c->tier[k].present + c->tier[k].down &&
		    (int) c->tier[k].class > top)
			top = (int) c->tier[k].class;
	return top;
}

void sim_cluster_start(sim_cluster_t *c, uint32_t uid, uint32_t task,
		       double now, double finish)
{
	sim_server_t *s = &c->server[uid];

	s->task = task;
	s->since = now;
	s->run++;
	c->busy[s->pos] = 1;
	c->free_at[s->pos] = finish;
	c->power_kw[s->pos] = c->tier[s->tier].busy_w / 1000.0;
	c->tier[s->tier].idle--;
	scale_index_start(&c->index, s->pos, finish);
}

void sim_cluster_stop(sim_cluster_t *c, uint32_t uid, double now)
{
	sim_server_t *s = &c->server[uid];

	s->task = SIM_NO_INDEX;
	s->run++;
	c->busy[s->pos] = 0;
	c->free_at[s->pos] = now;
	c->power_kw[s->pos] = c->tier[s->tier].idle_w / 1000.0;
	c->tier[s->tier].idle++;
	c->tier[s->tier].busy_s += now - s->since;
	scale_index_stop(&c->index, s->pos);
}

void sim_cluster_usage(const sim_cluster_t *c, double now, double *busy_s,
		       double *present_s)
{
	for (size_t k = 0; k < c->tiers; k++) {
		busy_s[k] = c->tier[k].busy_s;
		present_s[k] = c->tier[k].present_s;
	}
	for (size_t uid = 0; uid < c->servers; uid++) {
		const sim_server_t *s = &c->server[uid];

		if (s->pos == SIM_NO_INDEX)
			continue;
		present_s[s->tier] += now - c->record[uid].joined;
		if (s->task != SIM_NO_INDEX)
			busy_s[s->tier] += now - s->since;
	}
}

static bool server_is_sound(const sim_cluster_t *c, uint32_t uid)
{
	const sim_server_t *s = &c->server[uid];

	if (s->pos == SIM_NO_INDEX)
		return s->task == SIM_NO_INDEX && s->state >= SIM_SERVER_DOWN;
	if (s->pos >= c->view.n || c->uid_at[s->pos] != uid)
		return false;
	if (s->state == SIM_SERVER_DRAINING && s->task == SIM_NO_INDEX)
		return false;
	return s->state <= SIM_SERVER_DRAINING &&
	       c->busy[s->pos] == (s->task != SIM_NO_INDEX) &&
	       c->gflops[s->pos] == c->tier[s->tier].gflops &&
	       c->mem_gb[s->pos] == c->tier[s->tier].mem_gb;
}

bool sim_cluster_selfcheck(const sim_cluster_t *c)
{
	uint32_t present[SCALE_CONF_NUMBERS] = { 0 };
	uint32_t idle[SCALE_CONF_NUMBERS] = { 0 };
	uint32_t down[SCALE_CONF_NUMBERS] = { 0 };

	for (uint32_t uid = 0; uid < c->servers; uid++) {
		const sim_server_t *s = &c->server[uid];

		if (!server_is_sound(c, uid))
			return false;
		present[s->tier] += s->pos != SIM_NO_INDEX;
		idle[s->tier] += s->pos != SIM_NO_INDEX &&
				 s->task == SIM_NO_INDEX;
		down[s->tier] += s->state == SIM_SERVER_DOWN;
	}
	for (size_t k = 0; k < c->tiers; k++)
		if (present[k] != c->tier[k].present ||
		    idle[k] != c->tier[k].idle || down[k] != c->tier[k].down)
			return false;
	return scale_index_selfcheck(&c->index, &c->view);
}
