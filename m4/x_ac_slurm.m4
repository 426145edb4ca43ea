##
# SYNOPSIS: X_AC_SLURM
#
# DESCRIPTION: finds the configured Slurm source tree (for slurmctld's
#   private headers) and the installed Slurm, and stops when their versions
#   differ in major, minor or micro: slurmctld would refuse the plugin and
#   not start.  --without-slurm builds simulator and trainer alone.
##
AC_DEFUN([X_AC_SLURM], [
  AC_ARG_WITH([slurm],
    [AS_HELP_STRING([--with-slurm=PREFIX],
      [prefix of the installed Slurm (default /usr); --without-slurm leaves the plugin out])],
    [], [with_slurm=/usr])
  AC_ARG_WITH([slurm-source],
    [AS_HELP_STRING([--with-slurm-source=DIR],
      [configured Slurm source tree, see tools/slurm-source])],
    [], [with_slurm_source=])
  AC_ARG_WITH([slurm-plugindir],
    [AS_HELP_STRING([--with-slurm-plugindir=DIR],
      [where slurmctld looks for plugins (default: found under the prefix)])],
    [], [with_slurm_plugindir=])

  AS_CASE([$with_slurm], [yes], [with_slurm=/usr])
  AS_CASE([$with_slurm_source], [yes],
    [AC_MSG_ERROR([--with-slurm-source needs a directory])])
  AS_CASE([$with_slurm_plugindir], [yes],
    [AC_MSG_ERROR([--with-slurm-plugindir needs a directory])])
  slurm_version=none
  AS_IF([test "x$with_slurm" != xno], [
    AS_IF([test -z "$with_slurm_source"],
      [AC_MSG_ERROR([the plugin needs slurmctld's private headers: give --with-slurm-source=DIR (tools/slurm-source makes such a tree) or --without-slurm])])
    with_slurm_source=$(cd "$with_slurm_source" 2>/dev/null && pwd) ||
      AC_MSG_ERROR([--with-slurm-source: no such directory])
    X_AC_SLURM_SOURCE_VERSION
    X_AC_SLURM_INSTALLED_VERSION
    X_AC_SLURM_PLUGINDIR
    SLURM_CPPFLAGS="-I$with_slurm_source"
  ])
  AC_SUBST([SLURM_CPPFLAGS])
  AC_SUBST([slurm_plugindir], [$with_slurm_plugindir])
  AC_SUBST([slurm_version])
  AC_SUBST([slurm_prefix], [$with_slurm])
  AM_CONDITIONAL([WITH_SLURM], [test "x$with_slurm" != xno])
])

AC_DEFUN([X_AC_SLURM_SOURCE_VERSION], [
  AC_MSG_CHECKING([for the version of the Slurm source])
  slurm_header=$with_slurm_source/slurm/slurm_version.h
  AS_IF([test ! -r "$slurm_header" || test ! -r "$with_slurm_source/config.h"],
    [AC_MSG_ERROR([$with_slurm_source is not a configured Slurm source tree: config.h or slurm/slurm_version.h is missing (run its ./configure)])])
  slurm_version=$($SED -n 's/^@%:@define SLURM_VERSION_STRING "\(.*\)".*/\1/p' "$with_slurm_source/config.h")
  AS_IF([test -z "$slurm_version"],
    [AC_MSG_ERROR([$with_slurm_source/config.h holds no SLURM_VERSION_STRING])])
  AC_MSG_RESULT([$slurm_version])
])

AC_DEFUN([X_AC_SLURM_INSTALLED_VERSION], [
  AC_PATH_PROG([SLURMCTLD], [slurmctld], [no],
    [$with_slurm/sbin$PATH_SEPARATOR$with_slurm/bin])
  AC_MSG_CHECKING([for the version of the installed Slurm])
  AS_IF([test "x$SLURMCTLD" != xno],
    [slurm_installed=$("$SLURMCTLD" -V | $SED -n 's/^slurm[[a-z-]]* //p')
     slurm_installed_at=$SLURMCTLD],
    [slurm_installed_at=$with_slurm/include/slurm/slurm_version.h
     AS_IF([test ! -r "$slurm_installed_at"],
       [AC_MSG_ERROR([neither slurmctld nor slurm_version.h found under $with_slurm; install slurmctld or libslurm-dev, or name the prefix with --with-slurm])])
     slurm_number=$($SED -n 's/^@%:@define SLURM_VERSION_NUMBER *\(0x[[0-9a-fA-F]]*\).*/\1/p' "$slurm_installed_at")
     slurm_installed=$(printf '%d.%02d.%d' $((slurm_number >> 16 & 255)) $((slurm_number >> 8 & 255)) $((slurm_number & 255)))])
  AC_MSG_RESULT([$slurm_installed])
  AS_IF([test "x$slurm_installed" != "x$slurm_version"],
    [AC_MSG_ERROR([Slurm versions differ: source $with_slurm_source is $slurm_version, installed $slurm_installed_at is $slurm_installed; slurmctld refuses a plugin of another version])])
])

AC_DEFUN([X_AC_SLURM_PLUGINDIR], [
  AC_MSG_CHECKING([for Slurm's plugin directory])
  AS_IF([test -z "$with_slurm_plugindir"], [
    for dir in "$with_slurm"/lib/*/slurm-wlm "$with_slurm"/lib/*/slurm \
               "$with_slurm"/lib64/slurm "$with_slurm"/lib/slurm; do
      AS_IF([test -e "$dir/sched_backfill.so"],
        [with_slurm_plugindir=$dir; break])
    done
  ])
  AS_IF([test -z "$with_slurm_plugindir"],
    [AC_MSG_ERROR([no sched_backfill.so under $with_slurm; give --with-slurm-plugindir=DIR])])
  AC_MSG_RESULT([$with_slurm_plugindir])
])
