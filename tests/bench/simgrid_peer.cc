/*
 * simgrid_peer.cc - the simulator's workload on SimGrid
 *
 * Reads servers and workflows that sim-bench wrote.  Each primitive is an
 * execution on one host; longest hop count first, then earliest workflow and
 * lowest index; the fastest idle host with enough memory.  Ready primitives
 * and idle hosts are kept sorted here too, so that the time is SimGrid's.
 * Prints JSON: primitives, seconds of processor time, mean response.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <simgrid/s4u.hpp>
#include <simgrid/version.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <set>
#include <tuple>
#include <vector>

namespace sg = simgrid::s4u;

struct task {
	double gflop, mem_gb;
	int flow, index, missing, hops;
	std::vector<int> children;
};

struct server {
	double gflops, mem_gb;
	sg::Host *host;
	int runs;
	sg::ExecPtr exec;
};

/* Hops, the largest first; workflow; index; task. */
using place = std::tuple<int, int, int, int>;
/* Speed, the largest first; memory; index. */
using offer = std::tuple<double, double, int>;

static std::vector<task> tasks;
static std::vector<server> servers;
static std::vector<double> arrival;
static std::vector<int> first;	/* task of each workflow */
static std::set<place> ready;
static std::set<offer> idle;
static double response;
static size_t finished;

static double now()
{
	timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec + 1e-9 * t.tv_nsec;
}

static bool read_all(const char *path)
{
	FILE *in = std::fopen(path, "r");
	int n, flows, size, parents, p;
	bool ok = in && std::fscanf(in, "%d", &n) == 1;

	for (int j = 0; ok && j < n; j++) {
		server s = {};

		ok = std::fscanf(in, "%lf %lf", &s.gflops, &s.mem_gb) == 2;
		servers.push_back(s);
	}
	ok = ok && std::fscanf(in, "%d", &flows) == 1;
	for (int f = 0; ok && f < flows; f++) {
		double at;

		ok = std::fscanf(in, "%lf %d", &at, &size) == 2;
		arrival.push_back(at);
		first.push_back((int) tasks.size());
		for (int i = 0; ok && i < size; i++) {
			task t = {};

			ok = std::fscanf(in, "%lf %lf %d", &t.gflop,
					 &t.mem_gb, &parents) == 3;
			t.flow = f;
			t.index = i;
			t.missing = parents;
			tasks.push_back(t);
			for (int k = 0; ok && k < parents; k++) {
				ok = std::fscanf(in, "%d", &p) == 1;
				tasks[first[f] + p].children.push_back(
					first[f] + i);
			}
		}
	}
	if (in)
		std::fclose(in);
	first.push_back((int) tasks.size());
	for (size_t i = tasks.size(); i-- > 0;)
		for (int c : tasks[i].children)
			tasks[i].hops = std::max(tasks[i].hops,
						 tasks[c].hops + 1);
	return ok;
}

static void make_ready(int id)
{
	const task &t = tasks[id];

	ready.emplace(-t.hops, t.flow, t.index, id);
}

static void start(int id, int j)
{
	server &s = servers[j];

	s.runs = id;
	s.exec = sg::Exec::init();
	s.exec->set_flops_amount(tasks[id].gflop * 1e9);
	s.exec->set_host(s.host);
	s.exec->start();
}

/* Each that some idle host can hold, in order. */
static void place_all()
{
	for (auto r = ready.begin(); r != ready.end() && !idle.empty();) {
		int id = std::get<3>(*r);
		auto s = std::find_if(idle.begin(), idle.end(),
				      [id](const offer &o) {
			return std::get<1>(o) >= tasks[id].mem_gb;
		});

		if (s == idle.end()) {
			++r;
			continue;
		}
		start(id, std::get<2>(*s));
		idle.erase(s);
		r = ready.erase(r);
	}
}

static void ended(const sg::Activity &activity)
{
	auto *host = dynamic_cast<const sg::Exec &>(activity).get_host();
	int j = (int) (size_t) host->get_data<void>();
	server &s = servers[j];
	const task &t = tasks[s.runs];

	response += sg::Engine::get_clock() - arrival[t.flow];
	finished++;
	idle.emplace(-s.gflops, s.mem_gb, j);
	for (int c : t.children)
		if (!--tasks[c].missing)
			make_ready(c);
	place_all();
}

/* All from outside of actors: what an actor starts ends unannounced. */
static void run(const sg::Engine &engine)
{
	for (size_t f = 0; f < arrival.size(); f++) {
		engine.run_until(arrival[f]);
		for (int i = first[f]; i < first[f + 1]; i++)
			if (!tasks[i].missing)
				make_ready(i);
		place_all();
	}
	engine.run();
}

int main(int argc, char **argv)
{
	sg::Engine engine(&argc, argv);
	auto *zone = sg::create_star_zone("zone");
	double begin;

	if (argc != 2 || !read_all(argv[1])) {
		std::fprintf(stderr, "usage: simgrid-peer WORKLOAD\n");
		return 1;
	}
	for (size_t j = 0; j < servers.size(); j++) {
		server &s = servers[j];

		s.host = zone->create_host("h" + std::to_string(j),
					   s.gflops * 1e9);
		s.host->set_data((void *) j);
		idle.emplace(-s.gflops, s.mem_gb, (int) j);
	}
	zone->seal();
	sg::Activity::on_completion_cb(ended);
	begin = now();
	run(engine);
	begin = now() - begin;
	std::printf("{\"name\": \"SimGrid %d.%d\", \"primitives\": %zu, "
		    "\"seconds\": %.9g, \"mean_response\": %.17g}\n",
		    SIMGRID_VERSION_MAJOR, SIMGRID_VERSION_MINOR, finished,
		    begin, response / (double) finished);
	return 0;
}
