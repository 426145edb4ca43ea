/*
 * net.h - the networks: architectures, sizes and parameters
 *
 * "pointer" is the cross-attention pointer network, paper section 4.2, SPEC
 * section 4, for any number of servers.  "mlp" is the structured MLP of
 * section 5.2, for exactly N of them (mlp.h).  Both yield a logit for each
 * server, a value and a feature f [d]; whatever learns or decides knows no
 * more of them.  Dimension letters used everywhere:
 *   B states of a batch        N servers of one state    T sum of N over B
 *   P task features (5)        S server features (5)
 *   d model width (16)         H heads (4)               h = d / H
 *   L layers (2)               F feed-forward width (4d) K critic width (64)
 * A pointer network may have a prior: the weights of an order and a placement
 * (weights.h), to whose score of a server its own is added (prior.h).
 * This header knows no BLAS: it serves the plugin too.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_NET_H
#define SCALE_NET_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "real.h"

#define SCALE_NORM_EPS 1e-5	/* of layer norm */

enum { SCALE_TENSOR_NAME = 48, SCALE_TENSOR_RANK = 2 };

typedef enum {
	SCALE_POINTER,
	SCALE_MLP,
	SCALE_ARCHITECTURES
} scale_architecture_t;

typedef struct scale_dims {
	uint32_t task_features;		/* P */
	uint32_t server_features;	/* S */
	uint32_t d_model;		/* d */
	uint32_t heads;			/* H, divides d; 0 for mlp */
	uint32_t layers;		/* L; 0 for mlp */
	uint32_t ffn;			/* F */
	uint32_t critic;		/* K */
	uint32_t architecture;		/* scale_architecture_t */
	uint32_t servers;		/* N of an mlp; 0: any */
	uint32_t prior;			/* 1: it has one; of a pointer only */
} scale_dims_t;

/* One row of the tensor table; data begins at params[offset]. */
typedef struct scale_tensor {
	char name[SCALE_TENSOR_NAME];	/* as in the model file */
	size_t rank;			/* 1 (bias, norm) or 2 (weight) */
	size_t shape[SCALE_TENSOR_RANK];/* out, in; row-major */
	size_t offset;			/* in numbers, from params */
	size_t count;			/* product of the shape */
} scale_tensor_t;

typedef struct scale_net {
	scale_dims_t dims;
	size_t tensor_count;
	scale_tensor_t *tensor;		/* [tensor_count], layout.h */
	size_t param_count;
	real_t *params;			/* [param_count], one block */
} scale_net_t;

/* "pointer", "mlp". */
const char *scale_architecture_name(uint32_t architecture);
int scale_architecture_find(const char *name);	/* or -1 */

/* The paper's sizes: 5, 5, 16, 4, 2, 64, 64; 12,993 parameters. */
scale_dims_t scale_dims_paper(void);

/* Refuses zero sizes, heads that do not divide d_model, sizes of the other
 * architecture, and sizes whose parameters would exceed 64 Mi numbers.
 * RET 0, or -1 with EINVAL. */
int scale_dims_check(const scale_dims_t *dims, scale_err_t *err);
/* How many parameters such a network has, if scale_dims_check() passed. */
size_t scale_dims_params(const scale_dims_t *dims);

/* Parameters are zero.  RET NULL with EINVAL or ENOMEM. */
scale_net_t *scale_net_create(const scale_dims_t *dims, scale_err_t *err);
scale_net_t *scale_net_copy(const scale_net_t *net, scale_err_t *err);
void scale_net_destroy(scale_net_t *net);	/* NULL is fine; keeps errno */

/*
 * Initialise: weights and biases of a linear layer U(-1/sqrt(in), 1/sqrt(in)),
 * norms 1 and 0.  Each tensor has its own random stream, named by its index,
 * so that a tensor's values depend on the seed alone.
 */
void scale_net_init(scale_net_t *net, uint64_t seed);

/* The row of that name, or NULL. */
const scale_tensor_t *scale_net_find(const scale_net_t *net,
				     const char *name);

#endif
