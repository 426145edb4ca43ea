/*
 * state_fuzz.c - fuzz target: the plugin's state file
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "plugin/state_file.h"

static void decode(const char *text, size_t size)
{
	scale_state_t state;
	scale_err_t err;
	char *back;
	size_t length;

	if (scale_state_decode(text, size, "state", &state, &err) < 0)
		return;
	fuzz_assert(scale_state_encode(&state, &back, &length, &err) == 0,
		    err.text);
	scale_state_free(&state);
	fuzz_assert(scale_state_decode(back, length, "again", &state,
				       &err) == 0, err.text);
	scale_state_free(&state);
	free(back);
}

/* The bytes as the body under a first line that is right: a fuzzer does not
 * guess checksums. */
static void decode_body(const uint8_t *data, size_t size)
{
	struct sha256_ctx sha;
	uint8_t digest[SHA256_DIGEST_SIZE];
	char *text = malloc(size + 256);
	int n;

	fuzz_assert(text != NULL, "no memory");
	sha256_init(&sha);
	sha256_update(&sha, size, data);
	sha256_digest(&sha, sizeof(digest), digest);
	n = sprintf(text, "scale-state 1 %zu ", size);
	for (size_t i = 0; i < sizeof(digest); i++)
		n += sprintf(text + n, "%02x", digest[i]);
	text[n++] = '\n';
	memcpy(text + n, data, size);
	text[n + size] = '\n';
	decode(text, n + size + 1);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	decode((const char *) data, size);
	decode_body(data, size);
	return 0;
}
