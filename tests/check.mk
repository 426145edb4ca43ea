# SPDX-License-Identifier: GPL-2.0-or-later
# What every directory of unit tests shares.
AM_CPPFLAGS = -I$(top_srcdir) $(CHECK_CFLAGS) $(YAML_CFLAGS) \
	$(JANSSON_CFLAGS) $(NETTLE_CFLAGS) $(OPENBLAS_CFLAGS) \
	-DTEST_SRCDIR='"$(abs_srcdir)"'
AM_CFLAGS = $(WARN_CFLAGS)
AM_TESTS_ENVIRONMENT = \
	OPENBLAS_NUM_THREADS=1; export OPENBLAS_NUM_THREADS; \
	top_srcdir='$(abs_top_srcdir)'; export top_srcdir; \
	top_builddir='$(abs_top_builddir)'; export top_builddir; \
	TMPDIR=`mktemp -d /tmp/scale-check-XXXXXX` || exit 99; \
	export TMPDIR; trap 'rm -rf "$$TMPDIR"' EXIT;
