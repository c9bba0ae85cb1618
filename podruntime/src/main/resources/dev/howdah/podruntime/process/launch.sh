#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Starts one container of the embedded mode and stays as its parent.
#
#   launch.sh mount PREFIX HOSTS FROM TO HOSTNAME PIDNS FOLDER COMMAND...
#   launch.sh wait  PREFIX -     -    -  -        no    FOLDER COMMAND...
#   launch.sh exec  FOLDER COMMAND...
#
# PREFIX.shim gets this process's /proc/self/stat and the boot, PREFIX.pid the main process, PREFIX.exit its exit
# status. The waiting shell outlives the runtime, so that a later runtime learns how a container ended.
# After the PID namespace is made, only the first child may be forked here: builtins only.
umask 022
case $1 in
  mount)
    shift
    mount --bind "$2" /etc/hosts && mount --rbind "$3" "$4" || exit 125
    [ -z "$5" ] || hostname "$5" 2>/dev/null
    if [ "$6" = yes ]; then
      exec unshare --pid sh "$0" wait "$@"
    fi
    exec sh "$0" wait "$@"
    ;;
  wait)
    shift
    prefix=$1 pidns=$6
    IFS= read -r stat </proc/self/stat
    IFS= read -r boot </proc/sys/kernel/random/boot_id
    printf '%s\n%s\n' "$stat" "$boot" >"$prefix.shim"
    exec 3<&0
    sh "$0" main "$pidns" "$@" <&3 3<&- &
    echo $! >"$prefix.pid"
    exec </dev/null >/dev/null 2>&1 3<&-
    wait $!
    echo $? >"$prefix.exit"
    ;;
  main)
    if [ "$2" = yes ]; then
      mount -t proc proc /proc || exit 125
    fi
    shift 8
    cd "$1" || exit 125
    shift
    exec "$@"
    ;;
  exec)
    cd "$2" || exit 126
    shift 2
    exec "$@"
    ;;
esac
