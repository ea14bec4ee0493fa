#!/bin/sh
# After an installation or an upgrade. dpkg passes "configure" and the version before, rpm the number of installed versions.
set -e

case "$1" in abort-*) exit 0 ;; esac

systemd-sysusers container-gateway.conf
if [ "$1" = configure ] && [ -z "$2" ]; then
  chgrp foreman-proxy /etc/container-gateway/settings.yml
fi
install -d -o foreman-proxy -g foreman-proxy -m 0750 /var/lib/container-gateway /var/log/container-gateway

module=/usr/share/selinux/packages/container-gateway.cil
if [ -f "$module" ] && command -v semodule > /dev/null && selinuxenabled 2> /dev/null; then
  semodule -i "$module"
  restorecon -R /etc/container-gateway /var/lib/container-gateway /var/log/container-gateway || true
fi

if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  # New connections wait in the sockets of container-gateway.socket meanwhile.
  systemctl try-restart container-gateway.service
fi
