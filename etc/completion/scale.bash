# shellcheck shell=bash
# scale.bash - completion for the scale programs
#
# Options and commands are what the program's own --help lists, so that they
# are those of the program that is installed.
# SPDX-License-Identifier: GPL-2.0-or-later

# The commands of a program's help.
_scale_commands()
{
	sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p' <<<"$1"
}

_scale()
{
	local program=${COMP_WORDS[0]} cur=${COMP_WORDS[COMP_CWORD]}
	local help commands word command=''

	help=$("$program" --help 2>/dev/null) || return
	commands=$(_scale_commands "$help")
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		[[ $word == -* ]] || ! grep -qxF -e "$word" <<<"$commands" ||
			command=$word
	done
	if [[ $cur == -* ]]; then
		[ -z "$command" ] ||
			help+=$'\n'$("$program" "$command" --help 2>/dev/null)
		mapfile -t COMPREPLY < <(compgen -W "$(
			grep -oE -e '--[a-z][a-z0-9-]*=?' <<<"$help" |
				sort -u)" -- "$cur")
		[[ ${COMPREPLY-} != *= ]] || compopt -o nospace 2>/dev/null
	elif [ "$commands" ] && [ -z "$command" ]; then
		mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$cur")
	else
		COMPREPLY=()	# a file, readline's own completion
	fi
}

complete -o bashdefault -o default -F _scale \
	scale-ctl scale-model scale-sim scale-submit scale-train
