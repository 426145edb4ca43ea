#!/bin/bash
# autograd_test.sh - loss and gradients against PyTorch's autograd
# SPDX-License-Identifier: GPL-2.0-or-later
set -e
if ! /usr/bin/python3 -c 'import torch' 2>/dev/null; then
	echo 'skipped: /usr/bin/python3 has no torch' >&2
	exit 77
fi
exec /usr/bin/python3 "$top_srcdir/tests/model/autograd_test.py" \
	"$top_builddir/model/scale-model"
