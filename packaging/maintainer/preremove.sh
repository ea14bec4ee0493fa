#!/bin/sh
# Before a removal, but not before an upgrade. dpkg passes "remove", rpm the number of versions that stay.
set -e

case "$1" in remove | 0) ;; *) exit 0 ;; esac

if [ -d /run/systemd/system ]; then
  systemctl --no-reload disable --now container-gateway.service container-gateway.socket container-gateway-facade.socket || true
fi
if [ "$1" = 0 ] && command -v semodule > /dev/null && selinuxenabled 2> /dev/null; then
  semodule -r container-gateway || true
fi
