# train_keys.awk - the KEYS of scale-train.1 from scale-train --print-config
# SPDX-License-Identifier: GPL-2.0-or-later
/^ *#/ {
	sub(/^ *# */, "")
	help = $0
	next
}
/^ *[a-z0-9_]+:/ {
	match($0, /^ */)
	depth = RLENGTH / 2
	match($0, /[a-z0-9_]+/)
	part[depth] = substr($0, RSTART, RLENGTH)
	if (part[0] == "env" && depth > 0)
		next
	name = part[0]
	for (i = 1; i <= depth; i++)
		name = name "." part[i]
	if ($0 ~ /:$/ && name != "env")
		next
	gsub(/\|/, "or", help)
	printf ".TP\n\\fB%s\\fR\n%s.\n", name, help
}
