/*
 * torch_peer.cc - the same network in libtorch, for comparison
 *
 * torch-peer DIR N...: reads params.f32, task.f32 and psi-N.f32 that
 * decide-bench left in DIR and prints JSON: microseconds of a decision over N
 * servers in inference mode, written as the paper writes it ("plain") and with
 * decide.c's algebra and buffers made beforehand ("folded"), and transitions
 * per second of updates of 256 states with N = 16.  One thread.  The input
 * tensor is given: features cost it nothing.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

using torch::Tensor;

enum { D = 16, H = 4, L = 2, F = 64, K = 64, S = 5, P = 5 };
enum { BATCH = 256, BATCH_SERVERS = 16 };

struct Dense { Tensor w, b; };
struct Block { Tensor q, k, v, o; Dense norm1, ffn0, ffn2, norm2; };
struct Net {
	Dense task0, task2, server0, server2;
	Block block[L];
	Tensor actor_q, actor_k;
	Dense critic0, critic2, critic4;
	std::vector<Tensor> all;
};

static std::vector<float> read_floats(const std::string &path, size_t count)
{
	std::vector<float> data(count);
	FILE *file = fopen(path.c_str(), "rb");

	if (!file || fread(data.data(), sizeof(float), count, file) != count) {
		fprintf(stderr, "torch-peer: %s: not %zu floats\n",
			path.c_str(), count);
		exit(1);
	}
	fclose(file);
	return data;
}

/* Hands out parameters in the order of the model file. */
struct Reader {
	std::vector<float> data;
	size_t at = 0;
	Net *net;

	Tensor take(int out, int in)
	{
		Tensor t = torch::from_blob(data.data() + at,
					    in ? std::vector<int64_t>{ out, in }
					       : std::vector<int64_t>{ out })
				   .clone();

		at += (size_t) out * (in ? in : 1);
		net->all.push_back(t);
		return t;
	}

	Dense dense(int out, int in)
	{
		Tensor w = take(out, in);

		return { w, take(out, 0) };
	}
};

static Net read_net(const std::string &dir)
{
	Net net;
	Reader r = { read_floats(dir + "/params.f32", 12993), 0, &net };

	net.task0 = r.dense(D, P);
	net.task2 = r.dense(D, D);
	net.server0 = r.dense(D, S);
	net.server2 = r.dense(D, D);
	for (auto &b : net.block) {
		for (Tensor *t : { &b.q, &b.k, &b.v, &b.o })
			*t = r.take(D, D);
		b.norm1 = r.dense(D, 0);
		b.ffn0 = r.dense(F, D);
		b.ffn2 = r.dense(D, F);
		b.norm2 = r.dense(D, 0);
	}
	net.actor_q = r.take(D, D);
	net.actor_k = r.take(D, D);
	net.critic0 = r.dense(K, D);
	net.critic2 = r.dense(K, K);
	net.critic4 = r.dense(1, K);
	return net;
}

static Tensor apply(const Dense &dense, const Tensor &x)
{
	return torch::linear(x, dense.w, dense.b);
}

static Tensor norm(const Dense &dense, const Tensor &x)
{
	return torch::layer_norm(x, { D }, dense.w, dense.b, 1e-5);
}

struct Output { Tensor logit, value, feature; };

/* phi [B][P], psi [B][N][S]. */
static Output forward(const Net &net, const Tensor &phi, const Tensor &psi)
{
	int64_t b = psi.size(0), n = psi.size(1);
	Tensor q = apply(net.task2, torch::relu(apply(net.task0, phi)));
	Tensor z = apply(net.server2, torch::relu(apply(net.server0, psi)));

	for (const auto &block : net.block) {
		Tensor query = torch::linear(q, block.q).view({ b, H, 1, D / H });
		Tensor key = torch::linear(z, block.k).view({ b, n, H, D / H })
				     .permute({ 0, 2, 3, 1 });
		Tensor value = torch::linear(z, block.v)
				       .view({ b, n, H, D / H })
				       .permute({ 0, 2, 1, 3 });
		Tensor weight = torch::softmax(
			torch::matmul(query, key) / std::sqrt(D / H), -1);
		Tensor mixed = torch::matmul(weight, value).view({ b, D });

		q = norm(block.norm1, q + torch::linear(mixed, block.o));
		q = norm(block.norm2,
			 q + apply(block.ffn2,
				   torch::gelu(apply(block.ffn0, q))));
	}
	Tensor pointer = torch::linear(q, net.actor_q).unsqueeze(-1);
	Tensor logit = torch::matmul(torch::linear(z, net.actor_k), pointer);
	Tensor v = torch::relu(apply(net.critic2,
				     torch::relu(apply(net.critic0, q))));

	return { logit.squeeze(-1), apply(net.critic4, v).squeeze(-1), q };
}

/* The query projected into the servers' space, into buffers made before. */
struct Folded {
	const Net &net;
	Tensor a[L], g[L], u;		/* [D][H D], [H D][D], [D][D] */
	Tensor hidden, z, zt, score, weight, mean, logit;
	Tensor server0t, server2t;

	Folded(const Net &n, int64_t servers) : net(n)
	{
		for (int l = 0; l < L; l++) {
			const Block &b = n.block[l];
			std::vector<Tensor> rows, columns;

			for (int h = 0; h < H; h++) {
				auto part = torch::indexing::Slice(
					h * D / H, (h + 1) * D / H);

				rows.push_back(
					torch::matmul(b.k.index({ part }).t(),
						      b.q.index({ part })) /
					std::sqrt(D / H));
				columns.push_back(torch::matmul(
					b.o.index({ torch::indexing::Slice(),
						    part }),
					b.v.index({ part })));
			}
			a[l] = torch::cat(rows, 0).contiguous();
			g[l] = torch::cat(columns, 1).contiguous();
		}
		u = torch::matmul(n.actor_k.t(), n.actor_q).contiguous();
		server0t = n.server0.w.t().contiguous();
		server2t = n.server2.w.t().contiguous();
		hidden = torch::empty({ servers, D });
		z = torch::empty({ servers, D });
		zt = z.t();
		score = torch::empty({ H, servers });
		weight = torch::empty({ H, servers });
		mean = torch::empty({ H, D });
		logit = torch::empty({ servers });
	}

	Output decide(const Tensor &phi, const Tensor &psi)
	{
		Tensor q = apply(net.task2, torch::relu(apply(net.task0, phi)));

		torch::addmm_out(hidden, net.server0.b, psi, server0t);
		torch::relu_(hidden);
		torch::addmm_out(z, net.server2.b, hidden, server2t);
		for (int l = 0; l < L; l++) {
			const Block &block = net.block[l];
			Tensor query = torch::mv(a[l], q).view({ H, D });

			torch::mm_out(score, query, zt);
			torch::_softmax_out(weight, score, 1, false);
			torch::mm_out(mean, weight, z);
			q = norm(block.norm1,
				 q + torch::mv(g[l], mean.view({ H * D })));
			q = norm(block.norm2,
				 q + apply(block.ffn2,
					   torch::gelu(apply(block.ffn0, q))));
		}
		torch::mv_out(logit, z, torch::mv(u, q));
		Tensor v = torch::relu(apply(net.critic2,
					     torch::relu(apply(net.critic0,
							       q))));
		return { logit, apply(net.critic4, v), q };
	}
};

static double now_us()
{
	using namespace std::chrono;

	return duration<double, std::micro>(
		       steady_clock::now().time_since_epoch()).count();
}

/* As decide-bench measures: medians of 101 runs of about 100 us. */
template <typename Function> static double median_us(Function function)
{
	std::vector<double> t(101);

	for (int i = 0; i < 10; i++)
		function();
	double start = now_us();
	function();
	int repeat = (int) (100 / (now_us() - start)) + 1;

	for (double &x : t) {
		x = now_us();
		for (int i = 0; i < repeat; i++)
			function();
		x = (now_us() - x) / repeat;
	}
	std::sort(t.begin(), t.end());
	return t[t.size() / 2];
}

static void decision(const Net &net, const std::string &dir, int64_t n,
		     bool first)
{
	torch::InferenceMode mode;
	std::vector<float> phi = read_floats(dir + "/task.f32", P);
	std::vector<float> psi = read_floats(
		dir + "/psi-" + std::to_string(n) + ".f32", S * (size_t) n);
	Tensor task = torch::from_blob(phi.data(), { P });
	Tensor servers = torch::from_blob(psi.data(), { S, n }).t()
				 .contiguous();
	Tensor tasks = task.unsqueeze(0), batch = servers.unsqueeze(0);
	Folded folded(net, n);
	int64_t choice = 0;
	Output plain, fold;
	double plain_us = median_us([&] {
		plain = forward(net, tasks, batch);
		choice += plain.logit.argmax().item<int64_t>();
	});
	double folded_us = median_us([&] {
		fold = folded.decide(task, servers);
		choice += fold.logit.argmax().item<int64_t>();
	});

	printf("%s{\"servers\": %ld, \"plain_us\": %.3f, \"folded_us\": %.3f, "
	       "\"logit\": [%.9g, %.9g], \"value\": [%.9g, %.9g]}",
	       first ? "" : ", ", (long) n, plain_us, folded_us,
	       plain.logit.reshape(-1)[0].item<float>(),
	       fold.logit[0].item<float>(),
	       plain.value.reshape(-1)[0].item<float>(),
	       fold.value.reshape(-1)[0].item<float>());
}

/* Loss (5) as scale_loss_gradient() has it, all weights on. */
static Tensor loss_of(const Net &net, const Tensor &phi, const Tensor &psi,
		      const Tensor &action, const Tensor &old,
		      const Tensor &advantage, const Tensor &ret)
{
	Output out = forward(net, phi, psi);
	Tensor log_pi = torch::log_softmax(out.logit, -1);
	Tensor ratio = torch::exp(log_pi.gather(1, action).squeeze(1) - old);
	Tensor a = (advantage - advantage.mean()) / (advantage.std() + 1e-8);
	Tensor clip = -torch::min(ratio * a,
				  ratio.clamp(0.8, 1.2) * a).mean();
	Tensor value = (ret - out.value).square().mean();
	Tensor entropy = -(log_pi.exp() * log_pi).sum(1).mean();
	Tensor mean = out.feature.mean(0), centred = out.feature - mean;
	Tensor cov = torch::matmul(centred.t(), centred) / (BATCH - 1);
	Tensor var = cov.diagonal();
	Tensor l_c = cov.abs().sum() - var.abs().sum();
	Tensor l_d = (mean.square() + var - var.log() - 1).sum() / (2 * D);

	return clip + 0.5 * value - 0.01 * entropy + 0.01 * l_c + 0.001 * l_d;
}

static double updates_per_sec(Net &net)
{
	torch::manual_seed(1);
	Tensor phi = torch::randn({ BATCH, P });
	Tensor psi = torch::randn({ BATCH, BATCH_SERVERS, S });
	Tensor action = torch::randint(BATCH_SERVERS, { BATCH, 1 });
	Tensor old = torch::full({ BATCH }, -2.77f);
	Tensor advantage = torch::randn({ BATCH }), ret = torch::randn({ BATCH });

	for (Tensor &t : net.all)
		t.requires_grad_();
	torch::optim::Adam adam(net.all, torch::optim::AdamOptions(3e-4));
	double us = median_us([&] {
		adam.zero_grad();
		loss_of(net, phi, psi, action, old, advantage, ret).backward();
		torch::nn::utils::clip_grad_norm_(net.all, 0.5);
		adam.step();
	});

	return 1e6 * BATCH / us;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: torch-peer DIR N...\n");
		return 2;
	}
	at::set_num_threads(1);
	at::set_num_interop_threads(1);
	Net net = read_net(argv[1]);

	printf("{\"name\": \"libtorch %s\", \"threads\": %d, \"decisions\": [",
	       TORCH_VERSION, at::get_num_threads());
	for (int i = 2; i < argc; i++)
		decision(net, argv[1], atol(argv[i]), i == 2);
	printf("], \"update_transitions_per_s\": %.0f}\n",
	       updates_per_sec(net));
	return 0;
}
